"""Watches the daemon: after each cycle a look at everything, numbers for monitors, and alerts."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

from crmbridge.clock import Clock
from crmbridge.core.alerting import AlertKind, Trouble
from crmbridge.core.model import Ref, Side
from crmbridge.engine.cycle import Bridge, CycleReport
from crmbridge.errors import (
    AuthError,
    ConfigError,
    FatalError,
    LeaseLost,
    RejectedRecord,
    RetryableError,
    StoreUnavailable,
)
from crmbridge.logs import Redactor, secret_values
from crmbridge.operation.alarm import Alarm
from crmbridge.operation.messenger import Messenger
from crmbridge.operation.metrics import Metrics
from crmbridge.operation.survey import Survey, Surveyor
from crmbridge.operation.troubles import SURVEYED, ending, failing, told, troubles
from crmbridge.operation.view import Role, View
from crmbridge.settings import Settings
from crmbridge.store import Store
from crmbridge.store.pulse import Pulse, Standby

_PATIENCE = 10.0
"""Seconds that the end of the daemon waits for messages on their way."""


class Watch:
    """The daemon's ``Watcher``, and all that follows from what it hears.

    Its cost after an idle cycle is a handful of questions to indexes and one short transaction.
    """

    def __init__(self, store: Store, clock: Clock, settings: Settings) -> None:
        self._store = store
        self._clock = clock
        self._settings = settings
        self._surveyor = Surveyor(store)
        self._refused: Trouble | None = None
        self._view = View(
            role=Role.STARTING,
            interval=timedelta(seconds=settings.interval),
        )
        self.metrics = Metrics(lambda: self._view, clock.now)
        self._alarm = self._make_alarm()
        self._messenger = Messenger(store, settings.alerts, self.metrics.count_notice)

    @property
    def view(self) -> View:
        """What is known now."""
        return self._view

    def stand_by(self) -> None:
        """Another process runs cycles."""
        self._show(role=Role.STANDBY)

    def beat(self) -> None:
        """Leave a sign of life for whoever asks how the bridge stands."""
        name = f"run on {socket.gethostname()}, process {os.getpid()}"
        # A store that is busy or cannot be written is no reason not to stand by.
        with suppress(StoreUnavailable, FatalError), self._store.transaction() as tx:
            tx.keep_standby(Standby(name=name, at=self._clock.now()))

    @contextmanager
    def leading(self, bridge: Bridge, settings: Settings) -> Iterator[None]:
        """This process runs cycles now; at the end messages on their way have a moment."""
        self.use(bridge, settings)
        with self._store.transaction() as tx:
            alerts = tuple(tx.alerts())
            if self._view.role is Role.STANDBY:
                tx.keep_standby(None)
        self._show(role=Role.LEADER, alerts=alerts)
        try:
            yield
        finally:
            self._messenger.close(_PATIENCE)

    def use(self, bridge: Bridge, settings: Settings) -> None:
        """Go on with this bridge and these settings."""
        self._settings = settings
        sales = bridge.connectors[Side.SALES].name
        self._alarm = self._make_alarm(sales)
        self._messenger.use(settings.alerts, _pages(bridge), sales)
        self._show(
            interval=timedelta(seconds=settings.interval),
            systems=tuple(each.name for each in bridge.connectors.values()),
            hot=frozenset(
                (each.name, stream.name)
                for each in bridge.connectors.values()
                for stream in each.streams
                if stream.hot
            ),
        )

    def reloaded(self, refused: Trouble | None, *, used: bool) -> None:
        """Settings or rule book had changed: they are ``used``, or ``refused`` wholly or in part;
        the next look tells it."""
        self._refused = refused
        if used:
            self.metrics.count_reload("used")
        if refused is not None:
            self.metrics.count_reload("refused")

    def look(self, now: datetime) -> None:
        """Tell at once, between two cycles, what has come up."""
        found = [self._refused] if self._refused is not None else []
        with suppress(StoreUnavailable):
            self._note(found, {AlertKind.SETTINGS}, now)

    def finished(self, bridge: Bridge, report: CycleReport) -> None:
        """A cycle is done."""
        self.metrics.count(report)
        # A store that fails now fails the next cycle, which tells it.
        with suppress(StoreUnavailable):
            self._tell(report)

    def _tell(self, report: CycleReport) -> None:
        survey = self._surveyor.look(report.at, changed=bool(report.persons))
        self._show(
            survey=survey,
            finished_at=report.at,
            last_seconds=report.seconds,
            last_steps=report.steps,
            failures=0,
            reason="",
            shadow=report.shadow,
            scope=report.scope,
        )
        pulse = Pulse(
            at=report.at,
            interval=self._view.interval.total_seconds(),
            number=report.number,
            finished_at=report.at,
            seconds=report.seconds,
            steps=report.steps,
            shadow=report.shadow,
            scope=report.scope,
        )
        looked_for = {*SURVEYED, AlertKind.LOGIN, AlertKind.CYCLE, AlertKind.SETTINGS}
        self._note(self._found(survey), looked_for, report.at, pulse)

    def failed(self, error: RetryableError | RejectedRecord, failures: int, now: datetime) -> None:
        """A cycle failed, and the next one tries again."""
        self.metrics.count_failure()
        reason = self._clean(error.message)
        self._show(failures=failures, reason=reason)
        # It may be the store itself that fails: then the next cycle that it lets finish tells.
        with suppress(StoreUnavailable):
            survey = self._surveyor.look(now, changed=False)
            self._show(survey=survey)
            found = self._found(survey)
            if (trouble := failing(error, failures, self._settings.alerts.failures)) is not None:
                found.append(trouble)
            pulse = self._pulse(now, failures, reason)
            self._note(found, {*SURVEYED, AlertKind.SETTINGS}, now, pulse)

    def ended(self, error: Exception, now: datetime) -> None:
        """The daemon ends because of ``error``."""
        trouble = ending(error)
        # A store that cannot be written may be the very reason, or another process has it by now.
        with suppress(StoreUnavailable, FatalError, LeaseLost):
            self._note([trouble], set(), now, self._pulse(now, 1, self._clean(trouble.text)))

    def over(self, error: BaseException) -> None:
        """Nothing runs any more, because of ``error``; where it kept the first cycle from being
        begun, that is told."""
        began = self._view.role is Role.LEADER
        self._show(role=Role.ENDED, reason=self._clean(told(error)))
        if not began and isinstance(error, ConfigError | AuthError):
            self.ended(error, self._clock.now())
            self._messenger.close(_PATIENCE)

    def _found(self, survey: Survey) -> list[Trouble]:
        found = [*troubles(survey, self._settings.alerts.parked_growth)]
        return [*found, self._refused] if self._refused is not None else found

    def _pulse(self, now: datetime, failures: int, reason: str) -> Pulse:
        with self._store.read() as tx:
            last = tx.pulse()
        interval = self._view.interval.total_seconds()
        known = last or Pulse(at=now, interval=interval)
        return replace(known, at=now, interval=interval, failures=failures, reason=reason)

    def _note(
        self,
        found: Collection[Trouble],
        looked_for: Collection[AlertKind],
        now: datetime,
        pulse: Pulse | None = None,
    ) -> None:
        with self._store.transaction() as tx:
            if pulse is not None:
                tx.keep_pulse(pulse)
            self._alarm.look(tx, found, looked_for, now)
            self._alarm.look_at_promises(tx, now)
            waiting = bool(tx.due_notices(now))
            alerts = tuple(tx.alerts())
        self._show(alerts=alerts)
        if waiting:
            self._messenger.wake(now)

    def _make_alarm(self, sales: str = "") -> Alarm:
        clean = Redactor(secret_values(self._settings)).clean
        return Alarm(self._settings.alerts, clean, bridge=self._settings.name, sales=sales)

    def _clean(self, text: str) -> str:
        return str(Redactor(secret_values(self._settings)).clean(text))

    def _show(self, **changes: object) -> None:
        self._view = replace(self._view, **changes)  # type: ignore[arg-type]


def _pages(bridge: Bridge) -> Callable[[Ref], str | None]:
    connectors = {each.name: each for each in bridge.connectors.values()}

    def page(ref: Ref) -> str | None:
        connector = connectors.get(ref.system)
        return connector.page(ref) if connector is not None else None

    return page
