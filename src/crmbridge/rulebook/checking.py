"""What is legal and yet probably wrong in a rule book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from crmbridge.core import fields as f
from crmbridge.core.model import Stage
from crmbridge.core.rules import FitRules, Group, Rules
from crmbridge.rulebook.contradictions import is_impossible
from crmbridge.rulebook.loading import Book
from crmbridge.rulebook.schema import ConditionSection
from crmbridge.rulebook.source import Place, quoted

_SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something to look at: where it stands, and what may be wrong with it, in one sentence."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}"


def check(book: Book, today: date) -> list[Finding]:
    """Everything suspicious, in the order of the files and their lines."""
    found = [
        *_thresholds(book.rules),
        *_caps(book.rules),
        *_patterns(book),
        *_criteria(book),
        *_tracks(book),
        *_stages(book.rules),
        *_calendars(book.rules, today),
    ]
    findings = [_finding(book, place, message) for place, message in found]
    order = [str(source.path) for source in book.sources.values()]
    return sorted(findings, key=lambda each: (order.index(each.path), each.line, each.message))


def check_data(book: Book, values: Iterable[tuple[str, str, int]]) -> list[Finding]:
    """The rule book against data: ``values`` are (what, value, how many records), where what
    is ``status``, ``reason`` or ``field``.

    A status or reason that people use and the rule book does not know says nothing, and a
    field that a criterion looks at and no record fills gives nobody points.
    """
    rules = book.rules
    found: list[tuple[Place, str]] = []
    filled = set()
    for what, value, count in values:
        folded = _folded(value)
        if what == "field":
            filled.add(value)
        elif what == "status" and folded not in rules.stages.statuses:
            message = f"status {quoted(value)} of {count} records says nothing here"
            found.append((("stages", "statuses"), message))
        elif what == "reason" and folded not in rules.recycling.values:
            message = f"reason {quoted(value)} of {count} records is unknown here"
            found.append((("recycling", "reasons"), message))
    for index, criterion in enumerate(rules.score.fit.criteria):
        for name in criterion.fields:
            if name not in filled:
                place: Place = ("scoring", "fit", "criteria", index)
                found.append((place, f"no record fills {name}, at which {criterion.name} looks"))
    return [_finding(book, place, message) for place, message in found]


def check_choices(book: Book, choices: Mapping[str, frozenset[str]]) -> list[Finding]:
    """The rule book against what the connected CRMs offer: canonical field → values.

    A status that no rep can pick, a value that a CRM would refuse to show, and a reason that
    reps can pick and nobody here knows.
    """
    stages, found = book.sections.stages, list[tuple[Place, str]]()
    reading = [(stage, values, f.STATUS, "statuses") for stage, values in stages.statuses.items()]
    showing = [
        (stage, [value], field, section)
        for section, field, table in (
            ("sales_status", f.STATUS, stages.sales_status),
            ("lifecycle", f.LIFECYCLE, stages.lifecycle),
            ("lead_status", f.LEAD_STATUS, stages.lead_status),
        )
        for stage, value in table.items()
    ]
    for stage, values, field, section in (*reading, *showing):
        offered = {_folded(value) for value in choices.get(field, ())}
        missing = [quoted(value) for value in values if _folded(value) not in offered]
        if missing and field in choices:
            message = f"{stage}: the CRM offers no {field} {', '.join(missing)}"
            found.append((("stages", section, stage.value), message))
    unknown = sorted(
        quoted(value)
        for value in choices.get(f.REASON, ())
        if _folded(value) not in book.rules.recycling.values
    )
    if unknown:
        message = f"reasons that reps can pick and that count as missing: {', '.join(unknown)}"
        found.append((("recycling", "reasons"), message))
    return [_finding(book, place, message) for place, message in found]


def _folded(value: str) -> str:
    return " ".join(value.split()).casefold()


def _finding(book: Book, place: Place, message: str) -> Finding:
    source = book.sources[str(place[0])]
    return Finding(path=str(source.path), line=source.line(tuple(place[1:])), message=message)


def _best_fit(fit: FitRules) -> float:
    """The most that anybody can fit, before the cap."""
    parts = [
        max(fit.industries.values(), default=0.0),
        max((band.points for band in fit.employees), default=0.0),
        max(fit.seniorities.values(), default=0.0),
        max(fit.countries.values(), default=0.0),
        sum(max(criterion.points, 0.0) for criterion in fit.criteria),
    ]
    return sum(max(part, 0.0) for part in parts)


def _thresholds(rules: Rules) -> Iterator[tuple[Place, str]]:
    fit = min(_best_fit(rules.score.fit), rules.score.fit.cap)
    most = fit + rules.score.engagement_cap + rules.score.signal_cap
    if most < rules.mql.score:
        message = f"nobody can reach score {rules.mql.score}: the parts add up to {most:g}"
        yield ("scoring", "mql", "score"), message
    if fit < rules.mql.fit:
        yield ("scoring", "mql", "fit"), f"nobody can reach fit {rules.mql.fit:g}, only {fit:g}"
    for letter, least in rules.score.fit.grades:
        if least > fit:
            yield (
                ("scoring", "fit", "grades", letter),
                f"nobody can reach grade {letter}: it takes {least:g}, the best fit is {fit:g}",
            )
    decaying = rules.score.engagement_cap + rules.score.signal_cap
    for digit, least in rules.score.engagement_grades:
        if least > decaying:
            yield (
                ("scoring", "engagement_grades", digit),
                f"nobody can reach grade {digit}: the caps add up to {decaying:g}",
            )


def _caps(rules: Rules) -> Iterator[tuple[Place, str]]:
    best = _best_fit(rules.score.fit)
    if best > rules.score.fit.cap:
        message = f"the best fit adds up to {best:g}, more than the cap of {rules.score.fit.cap:g}"
        yield ("scoring", "fit", "cap"), message
    caps = {
        Group.ENGAGEMENT: rules.score.engagement_cap,
        Group.SIGNAL: rules.score.signal_cap,
    }
    for name, signal in rules.score.signals.items():
        if signal.points > caps[signal.group]:
            yield (
                ("scoring", "signals", name, "points"),
                f"{name} alone is worth more than the cap of {caps[signal.group]:g}",
            )
    if rules.score.lift.points > rules.score.signal_cap:
        yield ("scoring", "account_lift"), "the lift alone is worth more than signal_cap"


def _patterns(book: Book) -> Iterator[tuple[Place, str]]:
    rules = book.rules.score
    everything: set[str] = set()
    seen: dict[tuple[str, str], int] = {}
    earned = {pattern.signal for pattern in rules.patterns}
    for index, pattern in enumerate(book.sections.scoring.patterns):
        place: Place = ("scoring", "patterns", index)
        if pattern.evidence in everything:
            message = f"is never reached: an earlier line takes every {pattern.evidence}"
            yield place, message
        if not pattern.like:
            everything.add(pattern.evidence)
        for glob in pattern.like:
            earlier = seen.setdefault((pattern.evidence, glob.casefold()), index)
            if earlier != index:
                yield place, f"{quoted(glob)} is taken already by line {earlier + 1} of the list"
    for name in rules.signals:
        if name not in earned:
            yield ("scoring", "signals", name), f"no pattern leads to {name}: nobody earns it"


def _criteria(book: Book) -> Iterator[tuple[Place, str]]:
    scoring, partners = book.sections.scoring, book.sections.partners
    conditions: list[tuple[Place, ConditionSection]] = [
        (("scoring", "fit", "criteria", index), criterion.when)
        for index, criterion in enumerate(scoring.fit.criteria)
    ]
    conditions += [
        (("scoring", "blocked_when", index), blocked.when)
        for index, blocked in enumerate(scoring.blocked_when)
    ]
    conditions.append((("partners", "registered_when"), partners.registered_when))
    for place, condition in conditions:
        if is_impossible(condition):
            yield place, "can never hold: its parts exclude each other"
    for index, criterion in enumerate(scoring.fit.criteria):
        if criterion.points == 0:
            yield ("scoring", "fit", "criteria", index), f"{criterion.name} is worth nothing"


def _tracks(book: Book) -> Iterator[tuple[Place, str]]:
    rules = book.rules.recycling
    used = {reason.track for reason in rules.reasons.values()} | {rules.longterm_track}
    for name in rules.tracks:
        if name not in used:
            yield ("recycling", "tracks", name), f"no reason leads to {name}"
    if rules.longterm_from > rules.max_recycles:
        yield ("recycling", "longterm_from"), "is never reached: max_recycles ends it before"


_BY_PEOPLE = (Stage.QUALIFICATION, Stage.RECYCLED, Stage.DISQUALIFIED, Stage.LEAD)


def _stages(rules: Rules) -> Iterator[tuple[Place, str]]:
    told = set(rules.stages.statuses.values())
    for stage in _BY_PEOPLE:
        if stage not in told:
            yield ("stages", "statuses"), f"no status says {stage}: no rep can get a person there"
    for stage in Stage:
        if stage is not Stage.LEAD and stage not in rules.stages.lifecycle:
            yield ("stages", "lifecycle"), f"{stage} shows no life-cycle stage in HubSpot"


def _calendars(rules: Rules, today: date) -> Iterator[tuple[Place, str]]:
    for name, calendar in rules.sla.calendars.items():
        place: Place = ("sla", "calendars", name, "ends_on")
        if calendar.ends_on < today:
            message = f"calendar {name} ended on {calendar.ends_on}: only weekends count now"
            yield place, f"{message}; `crmbridge rules holidays` proposes off-days"
        elif calendar.ends_on < today + _SOON:
            message = f"calendar {name} ends on {calendar.ends_on}"
            yield place, f"{message}; `crmbridge rules holidays` proposes off-days"
        if not calendar.off_days:
            yield ("sla", "calendars", name), f"calendar {name} knows no off-day"
    used = {rules.sla.default_calendar, *rules.sla.zones.values()}
    for name in rules.sla.calendars:
        if name not in used:
            yield ("sla", "calendars", name), f"no time zone leads to calendar {name}"
