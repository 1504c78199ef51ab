"""From validated sections to the core's ``Rules``; what no schema can say is checked here."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmbridge.core import rules as r
from crmbridge.core.model import Stage
from crmbridge.rulebook import schema as s
from crmbridge.rulebook.source import Place

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Fault(Exception):
    """Something is wrong at ``place`` (file name first); becomes a ``RuleBookError``."""

    def __init__(self, place: Place, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.suggestion = suggestion


def compile_rules(book: s.RuleBook, digest: str) -> r.Rules:
    """The rules a valid book says; raises ``Fault`` where parts contradict each other."""
    recycling = _recycling(book.recycling)
    return r.Rules(
        version=book.standard.version,
        in_force_from=datetime.combine(book.standard.in_force_from, time(), UTC),
        digest=digest,
        normalisation=_normalisation(book.normalising),
        score=_score(book.scoring),
        mql=_mql(book.scoring),
        blocks=r.BlockRules(
            domains={d.casefold(): block for d, block in book.scoring.blocked_domains.items()}
        ),
        stages=_stages(book.stages),
        sla=_sla(book.sla),
        recycling=recycling,
        feedback=_feedback(book.feedback),
        handoff=_handoff(book.handoff),
    )


def _known(word: str, known: Iterable[str], place: Place, what: str) -> str:
    """``word`` if it is known; otherwise the fault that says which one was probably meant."""
    names = list(known)
    if word not in names:
        near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
        raise Fault(place, f"no {what} is called {word!r}", near[0] if near else "")
    return word


def _inverted(table: Mapping[str, Iterable[str]], place: Place) -> dict[str, str]:
    """Every wording, casefolded, to the name it stands under; one wording, one name."""
    found: dict[str, str] = {}
    for name, wordings in table.items():
        for wording in wordings:
            folded = " ".join(wording.split()).casefold()
            if found.setdefault(folded, name) != name:
                raise Fault(
                    (*place, name), f"{wording!r} stands under {found[folded]} and under {name}"
                )
    return found


def _normalisation(file: s.NormalisingFile) -> r.Normalisation:
    titles = _inverted(
        {seniority.value: words for seniority, words in file.seniorities.items()},
        ("normalising", "seniorities"),
    )
    industries = {name: [name, *words] for name, words in file.industries.items()}
    return r.Normalisation(
        industries=_inverted(industries, ("normalising", "industries")),
        countries=_inverted(file.countries, ("normalising", "countries")),
        titles={phrase.replace("-", " "): r.Seniority(name) for phrase, name in titles.items()},
    )


def _score(file: s.ScoringFile) -> r.ScoreRules:
    return r.ScoreRules(
        fit=_fit(file.fit),
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
                globs=tuple(glob.casefold() for glob in pattern.like),
                signal=_known(
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
    )


def _bands(grades: Mapping[str, float], place: Place) -> tuple[tuple[str, float], ...]:
    for grade in grades:
        if len(grade) != 1:
            raise Fault((*place, grade), f"a grade is one character, not {grade!r}")
    ordered = sorted(grades.items(), key=lambda item: -item[1])
    if ordered != list(grades.items()) or len(set(grades.values())) < len(grades):
        raise Fault(place, "grades must stand from the best to the least, each with its own limit")
    return tuple(ordered)


def _fit(fit: s.FitSection) -> r.FitRules:
    previous = -1
    for index, band in enumerate(fit.employees):
        place: Place = ("scoring", "fit", "employees", index)
        if band.most is not None and band.most < band.least:
            raise Fault(place, f"most ({band.most}) is below least ({band.least})")
        if band.least <= previous:
            raise Fault(place, f"bands must go up and not overlap: {band.least} is taken already")
        previous = band.most if band.most is not None else 10**12
    return r.FitRules(
        industries={name.casefold(): points for name, points in fit.industries.items()},
        employees=tuple(
            r.EmployeeBand(least=band.least, most=band.most, points=band.points)
            for band in fit.employees
        ),
        seniorities=dict(fit.seniorities),
        countries={name.upper(): points for name, points in fit.countries.items()},
        free_mail_domains=frozenset(domain.casefold() for domain in fit.free_mail_domains),
        free_mail_points=fit.free_mail_points,
        cap=fit.cap,
        grades=_bands(fit.grades, ("scoring", "fit", "grades")),
    )


def _mql(file: s.ScoringFile) -> r.MqlRules:
    grades = [*file.fit.grades, file.fit.lowest_grade]
    return r.MqlRules(
        score=file.mql.score,
        fit=file.mql.fit,
        hand_raise_holds=timedelta(days=file.mql.hand_raise_holds_days),
        big_deal_value=file.mql.big_deal_value,
        big_deal_grade=_known(
            file.mql.big_deal_grade, grades, ("scoring", "mql", "big_deal_grade"), "grade"
        ),
    )


def _stages(file: s.StagesFile) -> r.StageRules:
    statuses = _inverted(
        {stage.value: values for stage, values in file.statuses.items()}, ("stages", "statuses")
    )
    return r.StageRules(
        statuses={value: Stage(name) for value, name in statuses.items()},
        lifecycle=dict(file.lifecycle),
        lead_status=dict(file.lead_status),
        sales_status=dict(file.sales_status),
        excluded_deal_types=frozenset(kind.casefold() for kind in file.excluded_deal_types),
    )


def _tier(tier: s.TierSection, place: Place) -> r.Tier:
    if (tier.hours is None) == (tier.minutes is None):
        raise Fault(place, "give either hours or minutes")
    duration = timedelta(hours=tier.hours or 0, minutes=tier.minutes or 0)
    return r.Tier(name=tier.name, clock=tier.clock, duration=duration)


def _zone(name: str, place: Place) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise Fault(place, f"{name!r} is no IANA time zone, such as Europe/Berlin") from error


def _minutes(text: str, place: Place) -> int:
    hours, minutes = int(text[:2]), int(text[3:])
    if hours > 24 or minutes > 59 or (hours == 24 and minutes):
        raise Fault(place, f"{text} is no time of day")
    return hours * 60 + minutes


def _calendar(name: str, calendar: s.CalendarSection) -> r.Calendar:
    place: Place = ("sla", "calendars", name)
    hours: dict[int, tuple[r.OpenHours, ...]] = {}
    for day, texts in calendar.hours.items():
        blocks = []
        for index, text in enumerate(texts):
            here = (*place, "hours", day, index)
            opens, closes = (_minutes(part, here) for part in text.split("-"))
            if closes <= opens:
                closes += 24 * 60
            if blocks and opens < blocks[-1].closes:
                raise Fault(here, f"{text} overlaps the block before it")
            blocks.append(r.OpenHours(opens=opens, closes=closes))
        if blocks:
            hours[_WEEKDAYS.index(day)] = tuple(blocks)
    if not hours:
        raise Fault(place, "a calendar needs at least one block of hours")
    return r.Calendar(
        name=name,
        zone=_zone(calendar.zone, (*place, "zone")),
        hours=hours,
        off_days=frozenset(calendar.off_days),
        ends_on=calendar.ends_on,
    )


def _sla(file: s.SlaFile) -> r.SlaRules:
    zones: dict[str, str] = {}
    for calendar, names in file.zones.items():
        place: Place = ("sla", "zones", calendar)
        _known(calendar, file.calendars, place, "calendar")
        for name in names:
            zone = _zone(name, place).key
            if zones.setdefault(zone, calendar) != calendar:
                raise Fault(place, f"{zone} belongs to {zones[zone]} already")
    if file.tiers.normal.name == file.tiers.fast.name:
        raise Fault(("sla", "tiers", "fast", "name"), "the two tiers need different names")
    return r.SlaRules(
        tier=_tier(file.tiers.normal, ("sla", "tiers", "normal")),
        fast_tier=_tier(file.tiers.fast, ("sla", "tiers", "fast")),
        calendars={name: _calendar(name, section) for name, section in file.calendars.items()},
        default_calendar=_known(
            file.default_calendar, file.calendars, ("sla", "default_calendar"), "calendar"
        ),
        zones=zones,
        own_zone=file.own_zone,
        automation_users=tuple(glob.casefold() for glob in file.automation_users),
        automation_subjects=tuple(glob.casefold() for glob in file.automation_subjects),
    )


def _reason(name: str, reason: s.ReasonSection, file: s.RecyclingFile) -> r.Reason:
    place: Place = ("recycling", "reasons", name)
    if reason.terminal and (reason.track or reason.cooldown_days):
        raise Fault(place, f"{name} is terminal: it can have neither track nor cool-down")
    if not reason.terminal:
        if reason.track is None:
            raise Fault(place, f"{name} needs a track, or terminal: true")
        if reason.cooldown_days is None:
            raise Fault(place, f"{name} needs cooldown_days")
        _known(reason.track, file.tracks, (*place, "track"), "track")
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


def _recycling(file: s.RecyclingFile) -> r.RecyclingRules:
    lists: dict[str, str] = {}
    for name, track in file.tracks.items():
        if lists.setdefault(track.list, name) != name:
            place = ("recycling", "tracks", name)
            raise Fault(place, f"the tracks {lists[track.list]} and {name} share {track.list}")
    recyclable = [name for name, reason in file.reasons.items() if not reason.terminal]
    idle = _known(
        file.idle.reason, recyclable, ("recycling", "idle", "reason"), "recyclable reason"
    )
    unspecified = _known(
        file.unspecified_reason,
        recyclable,
        ("recycling", "unspecified_reason"),
        "recyclable reason",
    )
    return r.RecyclingRules(
        reasons={name: _reason(name, reason, file) for name, reason in file.reasons.items()},
        values=_inverted(
            {name: [name, *reason.values] for name, reason in file.reasons.items()},
            ("recycling", "reasons"),
        ),
        tracks={
            name: r.Track(name=name, list_name=track.list, content=track.content)
            for name, track in file.tracks.items()
        },
        idle_reason=idle,
        idle_after=timedelta(days=file.idle.days),
        idle_after_touch=timedelta(days=file.idle.days_after_first_touch),
        unspecified_reason=unspecified,
        longterm_from=file.longterm_from,
        longterm_track=_known(
            file.longterm_track, file.tracks, ("recycling", "longterm_track"), "track"
        ),
        max_recycles=file.max_recycles,
    )


def _feedback(file: s.FeedbackFile) -> r.FeedbackRules:
    return r.FeedbackRules(
        least_characters=file.least_characters,
        fillers=frozenset(filler.casefold() for filler in file.fillers),
        least_words=file.least_words,
        least_word_length=file.least_word_length,
        reason_wait_workdays=file.reason_wait_workdays,
    )


def _handoff(file: s.HandoffFile) -> r.HandoffRules:
    for needed, value in ((r.Assignment.RULE_ID, file.rule_id), (r.Assignment.QUEUE, file.queue)):
        if file.assignment is needed and value is None:
            place = ("handoff", "assignment")
            raise Fault(place, f"assignment {needed.value} needs a value for {needed.value}")
    return r.HandoffRules(
        create_leads=file.create_leads,
        create_contacts=file.create_contacts,
        assignment=file.assignment,
        rule_id=file.rule_id,
        queue=file.queue,
        owner_map={a.casefold(): b.casefold() for a, b in file.owner_map.items()},
        fallback_company=file.fallback_company,
    )
