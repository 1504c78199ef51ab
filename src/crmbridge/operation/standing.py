"""How the bridge stands, seen from outside its process: from the store alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum

from crmbridge.clock import WallClock
from crmbridge.core.alerting import Alert
from crmbridge.operation.survey import Survey, Surveyor
from crmbridge.operation.view import allowed_age
from crmbridge.store import Store
from crmbridge.store.holder import Holder
from crmbridge.store.leases import WRITER, Lease
from crmbridge.store.pulse import Pulse, Standby

_HEARD = timedelta(minutes=5)
"""Whoever was not heard of for so long is not there."""


class Severity(IntEnum):
    """How bad something is."""

    FINE = 0
    LOOK = 1
    BROKEN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line for a person: ``topic``, what there is to say, and how bad it is."""

    topic: str
    text: str
    severity: Severity = Severity.FINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``leader`` is the process that runs cycles, if there is one and it lives as far as anybody
    can know; ``silent_since`` is set where it runs elsewhere and should have been heard of since.
    ``standby`` is who waits to take over. ``pulse`` is how the leader was after its latest cycle,
    ``cycle`` number and instant of the last one that anybody ran, ``systems`` the accounts by
    name."""

    at: datetime
    leader: Holder | None
    silent_since: datetime | None
    standby: Standby | None
    pulse: Pulse | None
    cycle: tuple[int, datetime] | None
    survey: Survey
    alerts: tuple[Alert, ...]
    systems: dict[str, str]

    @property
    def findings(self) -> list[Finding]:
        """Everything, in the order in which a person would ask."""
        return [
            self._daemon(),
            self._cycle(),
            *self._crms(),
            *self._budgets(),
            *self._writes(),
            *self._people(),
            self._comparison(),
            *self._alerts(),
        ]

    @property
    def severity(self) -> Severity:
        """That of the worst finding."""
        return max(each.severity for each in self.findings)

    def _daemon(self) -> Finding:
        if self.leader is None:
            return Finding(topic="Daemon", text="none runs", severity=Severity.BROKEN)
        text = str(self.leader).removeprefix("crmbridge ")
        if self.silent_since is not None:
            text = f"{text}, silent since {self.silent_since:%Y-%m-%d %H:%M} UTC"
            return Finding(topic="Daemon", text=text, severity=Severity.BROKEN)
        if self.standby is not None:
            text = f"{text}; standing by: {self.standby.name}"
        return Finding(topic="Daemon", text=text)

    def _cycle(self) -> Finding:
        pulse = self.pulse
        if self.cycle is not None and (pulse is None or pulse.number < self.cycle[0]):
            # `crmbridge once` ran it.
            number, at = self.cycle
            return Finding(topic="Last cycle", text=f"number {number}, {ago(self.at - at)}")
        if pulse is None or pulse.finished_at is None:
            why = f": {pulse.reason}" if pulse is not None and pulse.reason else ""
            text = f"none has finished{why}"
            return Finding(topic="Last cycle", text=text, severity=Severity.BROKEN)
        age = self.at - pulse.finished_at
        text = f"number {pulse.number}, {ago(age)}, took {pulse.seconds:.1f} s"
        severity = Severity.FINE
        if age > allowed_age(timedelta(seconds=pulse.interval)):
            text, severity = f"{text}; one is due every {pulse.interval:g} s", Severity.BROKEN
        if pulse.failures:
            text = f"{text}; {pulse.failures} failed since: {pulse.reason}"
            severity = max(severity, Severity.LOOK)
        if pulse.shadow:
            text = f"{text}; in shadow, nothing is written: {pulse.shadow}"
            severity = max(severity, Severity.LOOK)
        if pulse.scope:
            text = f"{text}; a canary, only about: {pulse.scope}"
        return Finding(topic="Last cycle", text=text, severity=severity)

    def _crms(self) -> Iterator[Finding]:
        down = {each.system: each for each in self.survey.outages}
        paused = set(self.survey.pauses)
        for system, account in self.systems.items():
            outage = down.get(system)
            if outage is not None:
                text = f"account {account} does not answer since {outage.since:%Y-%m-%d %H:%M} UTC"
                text = f"{text}: {outage.reason}"
                yield Finding(topic=system, text=text, severity=Severity.BROKEN)
            else:
                yield Finding(topic=system, text=f"account {account} answers")
        if paused:
            text = f"nothing is written: {', '.join(sorted(paused))}"
            yield Finding(topic="Paused", text=text, severity=Severity.LOOK)

    def _budgets(self) -> Iterator[Finding]:
        for each in self.survey.forecasts:
            told = each.allowance
            text = f"{told.used:,} of {told.limit:,} API calls used"
            severity = Severity.FINE
            if each.runs_out_at is not None:
                text = f"{text}, run out {each.runs_out_at:%Y-%m-%d %H:%M} UTC at this pace"
                severity = Severity.LOOK
            elif each.per_hour is not None:
                text = f"{text}, {each.per_hour:,.0f} an hour of late, lasts"
            yield Finding(topic=f"{each.system} budget", text=text, severity=severity)

    def _writes(self) -> Iterator[Finding]:
        survey = self.survey
        yield Finding(topic="Outbox", text=f"{survey.depth('waiting'):,} writes wait to be sent")
        parked, held = survey.depth("parked"), survey.depth("held")
        yield Finding(
            topic="Parked",
            text=f"{parked:,} refused writes" + (", see `crmbridge parked`" if parked else ""),
            severity=Severity.LOOK if parked else Severity.FINE,
        )
        why = f", see `crmbridge approve`: {'; '.join(survey.why_held)}" if held else ""
        yield Finding(
            topic="Held",
            text=f"{held:,} writes wait for a yes{why}",
            severity=Severity.LOOK if held else Severity.FINE,
        )

    def _people(self) -> Iterator[Finding]:
        survey = self.survey
        text = f"{survey.reviews:,} questions wait for an answer"
        hint = ", see `crmbridge review`" if survey.reviews else ""
        yield Finding(topic="Reviews", text=text + hint)
        people = [(name, count) for name, count in survey.counts.people.items() if count]
        stages = ", ".join(f"{count:,} {name}" for name, count in people)
        yield Finding(topic="People", text=stages or "nobody yet")
        owed = survey.sla_waiting
        text = f"{owed.get('OPEN', 0):,} first touches owed in time"
        text = f"{text}, {owed.get('BREACHED', 0):,} late"
        yield Finding(topic="SLA", text=text)

    def _comparison(self) -> Finding:
        found = self.survey.reconciliation
        if found is None:
            return Finding(topic="Comparison", text="the CRMs were not compared yet")
        count = sum(sum(each.causes.values()) for each in found.tallies)
        text = f"{ago(self.at - found.at)}, {count:,} differences"
        if found.needs_somebody:
            text = f"{text}, see `crmbridge reconcile`"
            return Finding(topic="Comparison", text=text, severity=Severity.LOOK)
        return Finding(topic="Comparison", text=text)

    def _alerts(self) -> Iterator[Finding]:
        for each in self.alerts:
            text = f"since {each.since:%Y-%m-%d %H:%M} UTC: {each.trouble.text}"
            yield Finding(topic="Alert", text=text, severity=Severity.LOOK)


def look(store: Store, now: datetime) -> Standing:
    """How the bridge on this store stands; asks no CRM."""
    survey = Surveyor(store).look(now)
    with store.read() as tx:
        lease, standby = tx.lease(WRITER), tx.standby()
        leader = lease.holder
        lives = leader.lives() if leader is not None else False
        silent = lease.expires_at if lives is None and _is_over(lease) else None
        return Standing(
            at=now,
            leader=leader if lives is not False else None,
            silent_since=silent,
            standby=standby if standby is not None and now - standby.at < _HEARD else None,
            pulse=tx.pulse(),
            cycle=tx.last_cycle(),
            survey=survey,
            alerts=tuple(tx.alerts()),
            systems=tx.bound_accounts(),
        )


def _is_over(lease: Lease) -> bool:
    """Whether its holder should have renewed it long ago; by this machine's clock, which may go
    wrong by minutes against the other one's."""
    return lease.expires_at is not None and WallClock().now() - lease.expires_at > _HEARD


def ago(age: timedelta) -> str:
    """How long ago, for people."""
    seconds = max(0, round(age.total_seconds()))
    if seconds < 120:
        return f"{seconds} s ago"
    minutes = seconds // 60
    return f"{minutes} min ago" if minutes < 120 else f"{minutes // 60} h ago"
