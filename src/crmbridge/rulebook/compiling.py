"""From validated sections to the core's ``Rules``; what no schema can say is checked here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from crmbridge.core import rules as r
from crmbridge.core.handoff_rules import Assignment, HandoffRules
from crmbridge.core.limits import Effect, LimitRules
from crmbridge.core.model import Side
from crmbridge.rulebook import schema as s
from crmbridge.rulebook.catalogue import FIELDS
from crmbridge.rulebook.compiling_sla import compile_sla
from crmbridge.rulebook.compiling_stages import compile_qualification, compile_stages
from crmbridge.rulebook.conditions import compile_condition, fields_of
from crmbridge.rulebook.faults import Fault, globs, inverted, known
from crmbridge.rulebook.source import Place, quoted


def compile_rules(book: s.RuleBook, digest: str) -> r.Rules:
    """The rules a valid book says; raises ``Fault`` where parts contradict each other."""
    recycling = _recycling(book.recycling, book.scoring)
    normalisation = _normalisation(book.normalising)
    return r.Rules(
        version=book.standard.version,
        in_force_from=datetime.combine(book.standard.in_force_from, time(), UTC),
        digest=digest,
        approvals=_approvals(book.standard.approvals),
        normalisation=normalisation,
        score=_score(book.scoring, normalisation),
        mql=_mql(book.scoring),
        blocks=_blocks(book.scoring),
        partners=_partners(book.partners),
        stages=compile_stages(book.stages),
        qualification=compile_qualification(book.stages.qualification),
        sla=compile_sla(book.sla),
        recycling=recycling,
        feedback=_feedback(book.feedback),
        commitment=_commitment(book.commitment),
        limits=_limits(book.limits),
        handoff=_handoff(book.handoff),
    )


def _approvals(section: s.ApprovalsSection) -> dict[str, r.Approval]:
    given = (("marketing", section.marketing), ("sales", section.sales))
    return {
        department: r.Approval(name=each.name, on=each.date, digest=each.digest)
        for department, each in given
        if each is not None
    }


def _blocks(file: s.ScoringFile) -> r.BlockRules:
    return r.BlockRules(
        domains={d.casefold(): block for d, block in file.blocked_domains.items()},
        conditions=tuple(
            (each.block, compile_condition(each.when, ("scoring", "blocked_when", index, "when")))
            for index, each in enumerate(file.blocked_when)
        ),
    )


def _partners(file: s.PartnersFile) -> r.PartnerRules:
    return r.PartnerRules(
        registered=compile_condition(file.registered_when, ("partners", "registered_when")),
        manager=file.manager.casefold() if file.manager else None,
        recall_after=timedelta(days=file.recall_after_days),
    )


def _limits(file: s.LimitsFile) -> LimitRules:
    for name in s.EffectSection.model_fields:
        if getattr(file.day, name) < getattr(file.cycle, name):
            raise Fault(("limits", "day", name), "a day holds less than one cycle may do")
    return LimitRules(
        cycle=Effect(**file.cycle.model_dump()),
        day=Effect(**file.day.model_dump()),
        share=file.share.percent / 100,
        share_from=file.share.from_people,
        flips=file.fight.times,
        flip_hours=file.fight.within_hours,
    )


def _commitment(file: s.CommitmentFile) -> r.CommitmentRules:
    starts = [quarter.starts_on for quarter in file.quarters]
    for index, start in enumerate(starts[1:], start=1):
        if start <= starts[index - 1]:
            place: Place = ("commitment", "quarters", index, "starts_on")
            raise Fault(place, "quarters must stand in the order of time")
    return r.CommitmentRules(
        currency=file.currency,
        monthly_value=file.monthly.value,
        monthly_count=file.monthly.count,
        quarters=tuple(
            r.QuarterValues(
                starts_on=quarter.starts_on,
                sources=_by_source(quarter.sources, ("commitment", "quarters", index, "sources")),
                other=quarter.other,
            )
            for index, quarter in enumerate(file.quarters)
        ),
    )


def _by_source(table: Mapping[str, float], place: Place) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in table.items():
        if name.casefold() in found:
            raise Fault((*place, name), f"{quoted(name)} stands here twice")
        found[name.casefold()] = value
    return found


_SOURCES = {
    f"{side.value}_{kind.value}": r.Source(side=side, kind=kind)
    for side in Side
    for kind in r.SourceKind
}


def _sources(section: s.SourcesSection) -> dict[str, tuple[r.Source, ...]]:
    for name in section.fields:
        known(name, FIELDS, ("normalising", "sources", "fields", name), "canonical field")
    return {
        name: tuple(_SOURCES[source] for source in order) for name, order in section.fields.items()
    }


def _normalisation(file: s.NormalisingFile) -> r.Normalisation:
    titles = inverted(
        {seniority.value: words for seniority, words in file.seniorities.items()},
        ("normalising", "seniorities"),
    )
    industries = {name: [name, *words] for name, words in file.industries.items()}
    return r.Normalisation(
        industries=inverted(industries, ("normalising", "industries")),
        countries=inverted(file.countries, ("normalising", "countries")),
        titles={_title(phrase): r.Seniority(name) for phrase, name in sorted(titles.items())},
        usual_sources=tuple(_SOURCES[source] for source in file.sources.usual),
        sources=_sources(file.sources),
        rates=dict(file.rates),
    )


def _title(phrase: str) -> str:
    """Words only, as the core reads job titles."""
    return re.sub(r"[^\w&]+", " ", phrase).strip()


def _score(file: s.ScoringFile, normalisation: r.Normalisation) -> r.ScoreRules:
    return r.ScoreRules(
        fit=_fit(file.fit, normalisation),
        signals={
            name: r.Signal(
                name=name,
                group=signal.group,
                points=signal.points,
                half_life=timedelta(days=signal.half_life_days),
                hand_raise=signal.hand_raise,
            )
            for name, signal in file.signals.items()
        },
        patterns=tuple(
            r.EvidencePattern(
                evidence=pattern.evidence,
                globs=globs(pattern.like),
                signal=known(
                    pattern.signal,
                    file.signals,
                    ("scoring", "patterns", index, "signal"),
                    "signal",
                ),
            )
            for index, pattern in enumerate(file.patterns)
        ),
        engagement_cap=file.engagement_cap,
        signal_cap=file.signal_cap,
        daily_limit=file.daily_limit,
        engagement_grades=_bands(file.engagement_grades, ("scoring", "engagement_grades")),
        lowest_engagement_grade=file.lowest_engagement_grade,
        lowest_fit_grade=file.fit.lowest_grade,
        rewrite_step=file.rewrite_step,
        scanner_burst=timedelta(seconds=file.scanner_burst_seconds),
        counter_burst=file.scanner_counter.clicks,
        counter_window=timedelta(seconds=file.scanner_counter.within_seconds),
        lift=r.LiftRules(
            points=file.account_lift.points,
            least_others=file.account_lift.least_others,
            active=timedelta(days=file.account_lift.active_days),
        ),
    )


def _bands(grades: Mapping[str, float], place: Place) -> tuple[tuple[str, float], ...]:
    for grade in grades:
        if len(grade) != 1:
            raise Fault((*place, grade), f"a grade is one character, not {quoted(grade)}")
    ordered = sorted(grades.items(), key=lambda item: -item[1])
    if ordered != list(grades.items()) or len(set(grades.values())) < len(grades):
        raise Fault(place, "grades must stand from the best to the least, each with its own limit")
    return tuple(ordered)


def _fit(fit: s.FitSection, normalisation: r.Normalisation) -> r.FitRules:
    for section, names, table in (
        ("industries", fit.industries, normalisation.industries),
        ("countries", fit.countries, normalisation.countries),
    ):
        for name in names:
            what = f"group of {section} in normalising.yaml"
            known(name, sorted(set(table.values())), ("scoring", "fit", section, name), what)
    previous = -1
    for index, band in enumerate(fit.employees):
        place: Place = ("scoring", "fit", "employees", index)
        if band.most is not None and band.most < band.least:
            raise Fault(place, f"most ({band.most}) is below least ({band.least})")
        if band.least <= previous:
            raise Fault(place, f"bands must go up and not overlap: {band.least} is taken already")
        previous = band.most if band.most is not None else 10**12
    return r.FitRules(
        industries=dict(fit.industries),
        employees=tuple(
            r.EmployeeBand(least=band.least, most=band.most, points=band.points)
            for band in fit.employees
        ),
        seniorities=dict(fit.seniorities),
        countries=dict(fit.countries),
        free_mail_domains=frozenset(domain.casefold() for domain in fit.free_mail_domains),
        free_mail_points=fit.free_mail_points,
        criteria=_criteria(fit.criteria),
        cap=fit.cap,
        grades=_bands(fit.grades, ("scoring", "fit", "grades")),
    )


def _criteria(sections: list[s.CriterionSection]) -> tuple[r.Criterion, ...]:
    found: dict[str, r.Criterion] = {}
    for index, section in enumerate(sections):
        place: Place = ("scoring", "fit", "criteria", index)
        if section.name in found:
            raise Fault((*place, "name"), f"{quoted(section.name)} stands here twice")
        found[section.name] = r.Criterion(
            name=section.name,
            label=section.label,
            points=section.points,
            holds=compile_condition(section.when, (*place, "when")),
            fields=tuple(dict.fromkeys(fields_of(section.when))),
        )
    return tuple(found.values())


def _grades(file: s.ScoringFile) -> list[str]:
    return [*file.fit.grades, file.fit.lowest_grade]


def _mql(file: s.ScoringFile) -> r.MqlRules:
    return r.MqlRules(
        score=file.mql.score,
        fit=file.mql.fit,
        hand_raise_holds=timedelta(days=file.mql.hand_raise_holds_days),
        big_deal_value=file.mql.big_deal_value,
        big_deal_grade=known(
            file.mql.big_deal_grade, _grades(file), ("scoring", "mql", "big_deal_grade"), "grade"
        ),
    )


def _reason(
    name: str, reason: s.ReasonSection, file: s.RecyclingFile, scoring: s.ScoringFile
) -> r.Reason:
    place: Place = ("recycling", "reasons", name)
    if reason.terminal and (
        reason.track or reason.cooldown_days or reason.until_resume_date or reason.only_grades
    ):
        raise Fault(place, f"{name} is terminal: it waits on no track, for no date and no grade")
    if not reason.terminal:
        if reason.track is None:
            raise Fault(place, f"{name} needs a track, or terminal: true")
        if reason.cooldown_days is None:
            raise Fault(place, f"{name} needs cooldown_days")
        if reason.block or reason.opts_out:
            raise Fault(place, f"{name} blocks or opts out, so it must be terminal")
        known(reason.track, file.tracks, (*place, "track"), "track")
    for index, grade in enumerate(reason.only_grades):
        known(grade, _grades(scoring), (*place, "only_grades", index), "grade")
    days = reason.cooldown_days
    return r.Reason(
        name=name,
        terminal=reason.terminal,
        track=reason.track,
        cooldown=timedelta(days=days) if days is not None else None,
        until_resume_date=reason.until_resume_date,
        block=reason.block,
        opts_out=reason.opts_out,
        fit_grades=frozenset(reason.only_grades),
    )


def _reason_values(file: s.RecyclingFile) -> dict[str, str]:
    """CRM value → reason; the reason's own name, also with spaces, is always one of them."""
    found: dict[str, str] = {}
    for name, reason in file.reasons.items():
        own = [(value, -1) for value in (name, name.replace("_", " "))]
        for value, index in own + [(value, i) for i, value in enumerate(reason.values)]:
            other = found.setdefault(" ".join(value.split()).casefold(), name)
            if other == name:
                continue
            kinds = [
                f"{each} ({'terminal' if file.reasons[each].terminal else 'recyclable'})"
                for each in (other, name)
            ]
            place: Place = ("recycling", "reasons", name)
            place = place if index < 0 else (*place, "values", index)
            raise Fault(place, f"{quoted(value)} means {kinds[0]} and {kinds[1]}: keep one")
    return found


def _recycling(file: s.RecyclingFile, scoring: s.ScoringFile) -> r.RecyclingRules:
    lists: dict[str, str] = {}
    for name, track in file.tracks.items():
        if lists.setdefault(track.list, name) != name:
            place = ("recycling", "tracks", name)
            raise Fault(place, f"the tracks {lists[track.list]} and {name} share {track.list}")
    recyclable = [name for name, reason in file.reasons.items() if not reason.terminal]
    idle = known(file.idle.reason, recyclable, ("recycling", "idle", "reason"), "recyclable reason")
    unspecified = known(
        file.unspecified_reason,
        recyclable,
        ("recycling", "unspecified_reason"),
        "recyclable reason",
    )
    return r.RecyclingRules(
        reasons={
            name: _reason(name, reason, file, scoring) for name, reason in file.reasons.items()
        },
        values=_reason_values(file),
        tracks={
            name: r.Track(name=name, list_name=track.list, content=track.content)
            for name, track in file.tracks.items()
        },
        idle_reason=idle,
        idle_after=timedelta(days=file.idle.days),
        idle_after_touch=timedelta(days=file.idle.days_after_first_touch),
        unspecified_reason=unspecified,
        longterm_from=file.longterm_from,
        longterm_track=known(
            file.longterm_track, file.tracks, ("recycling", "longterm_track"), "track"
        ),
        max_recycles=file.max_recycles,
        wake_up_owner=file.wake_up_owner,
    )


def _feedback(file: s.FeedbackFile) -> r.FeedbackRules:
    return r.FeedbackRules(
        least_characters=file.least_characters,
        fillers=frozenset(filler.casefold() for filler in file.fillers),
        least_words=file.least_words,
        least_word_length=file.least_word_length,
        chase_manager_workdays=file.chase_manager_workdays,
        reason_wait_workdays=file.reason_wait_workdays,
    )


def _handoff(file: s.HandoffFile) -> HandoffRules:
    for needed, value in (
        (Assignment.RULE_ID, file.rule_id),
        (Assignment.QUEUE, file.queue),
        (Assignment.OWNER_MAP, file.owner_map),
    ):
        if file.assignment is needed and not value:
            place = ("handoff", "assignment")
            raise Fault(place, f"assignment {needed.value} needs a value for {needed.value}")
    return HandoffRules(
        create_leads=file.create_leads,
        create_contacts=file.create_contacts,
        assignment=file.assignment,
        rule_id=file.rule_id,
        queue=file.queue,
        owner_map={a.casefold(): b.casefold() for a, b in file.owner_map.items()},
        fallback_company=file.fallback_company,
        mapping={str(name): rule for name, rule in file.mapping.items()},
    )
