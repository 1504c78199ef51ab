"""Runs the demo: the real bridge over both simulated CRMs while scripted people act.

The people hold nothing but URLs and tokens; the bridge knows nothing of the demo.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from crmbridge.app import nurture_lists, open_bridge
from crmbridge.clock import WorldClock
from crmbridge.demo.diary import write_diary
from crmbridge.demo.marketers import MarketerAtWork
from crmbridge.demo.report import Tally, as_counts, make_report
from crmbridge.demo.reps import RepAtWork
from crmbridge.demo.visitors import Visitors
from crmbridge.engine.cycle import Bridge, CycleReport
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.native_sync import FieldMapping, NativeSync
from crmbridge.sandbox.population import make_people
from crmbridge.sandbox.seeding import API, Team, make_team, seed_people
from crmbridge.settings import load_settings

START = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
STEP = timedelta(minutes=30)
QUIET_STEP = timedelta(seconds=60)
QUIET_CYCLES = 12
_SLOW = timedelta(hours=6)
_HOLIDAY = (START + timedelta(days=14), START + timedelta(days=21))


@dataclass(slots=True, kw_only=True)
class Demo:
    """A running demo; its parts may be looked at between steps."""

    sandbox: Sandbox
    bridge: Bridge
    team: Team
    visitors: Visitors
    reps: list[RepAtWork]
    marketer: MarketerAtWork
    tally: Tally
    started: float
    native: NativeSync | None = None

    @property
    def clock(self) -> WorldClock:
        """The world's time."""
        return self.sandbox.clock

    def step(self, until: datetime) -> CycleReport:
        """Let people act up to ``until``, then run one cycle there."""
        while (at := self.visitors.next_at()) is not None and at <= until:
            self._pass_time(at)
            self.visitors.act()
        self._pass_time(until)
        for rep in self.reps:
            rep.act(until)
        self.marketer.act(until)
        return self.cycle()

    def _pass_time(self, until: datetime) -> None:
        """Let the time come; the native sync runs at every quarter of an hour before it."""
        while self.native is not None and self.native.next_at < until:
            self.clock.set(self.native.next_at)
            self.native.run()
        if until > self.clock.now():
            self.clock.set(until)

    def cycle(self, *, idle: bool = False) -> CycleReport:
        """One cycle now, and where the native sync's time has come and it has written, another."""
        report = self.bridge.run_cycle(self.clock.now())
        self.tally.add(report, idle=idle)
        now = self.clock.now()
        if self.native is not None and self.native.next_at <= now and self.native.run().wrote:
            # The daemon comes by every minute, and would see it before anybody acts.
            self.tally.add(self.bridge.run_cycle(now), idle=idle)
        return report

    def calm_down(self) -> None:
        """Nobody acts any more: run cycles until nothing is due for a while, then the quiet
        ones that prove that the bridge does not answer its own echo."""
        needed = QUIET_STEP * (QUIET_CYCLES + 1)
        while True:
            report = self.cycle()
            now, due = self.clock.now(), self._next_due()
            if not report.is_idle:
                self._pass_time(now + QUIET_STEP)
            elif due is not None and due <= now + needed:
                self._pass_time(max(due, now) + timedelta(seconds=1))
            else:
                break
        for _ in range(QUIET_CYCLES):
            self._pass_time(self.clock.now() + QUIET_STEP)
            self.cycle(idle=True)

    def _next_due(self) -> datetime | None:
        """When something will be due without anyone acting: a review, or a slow stream."""
        with self.bridge.store.read() as tx:
            polled = [
                at + self.bridge.slow_interval
                for connector in self.bridge.connectors.values()
                for stream in connector.streams
                if not stream.hot and (at := tx.polled_at(connector.name, stream.name))
            ]
            return min(filter(None, [tx.next_review(), *polled]), default=None)

    def report(self) -> dict[str, Any]:
        """The numbers so far."""
        report = make_report(self.bridge.store, self.tally, time.perf_counter() - self.started)
        if self.native is not None:
            report["native_sync"] = as_counts(self.native.total)
        return report


@contextmanager
def prepare(
    store: Path,
    *,
    people: int,
    seed: int,
    days: int,
    rules: Path | None = None,
    native_sync: Sequence[FieldMapping] | None = None,
) -> Iterator[Demo]:
    """Two CRMs with people in them, fields and lists set up, a bridge, and actors at hand.

    With ``native_sync`` a model of HubSpot's own sync runs beside the bridge with these fields.
    """
    started = time.perf_counter()
    beside = native_sync is not None
    with Sandbox(WorldClock(START), rate_limits=False, native_connector=beside) as sandbox:
        team = make_team(sandbox)
        population = make_people(people, seed)
        seed_people(sandbox, population, team)
        settings = load_settings(
            None,
            {
                **sandbox.sections(),
                "store": store,
                "rules": rules,
                "slow_interval": _SLOW.total_seconds(),
            },
        )
        native = NativeSync.connect(sandbox, native_sync) if native_sync is not None else None
        with open_bridge(settings) as bridge:
            bridge.meet()
            for connector in bridge.connectors.values():
                connector.provision(nurture_lists(bridge.rules))
            _let_reps_see(sandbox, team)
            yield Demo(
                sandbox=sandbox,
                bridge=bridge,
                team=team,
                visitors=Visitors(
                    sandbox.hubspot_client(),
                    write_diary(population, START + timedelta(hours=2), days - 1, seed),
                ),
                reps=[
                    RepAtWork(
                        sandbox.salesforce_client(rep.token),
                        rep,
                        seed,
                        holiday=_HOLIDAY if index == 1 else None,
                    )
                    for index, rep in enumerate(team.reps)
                ],
                marketer=MarketerAtWork(sandbox.hubspot_client(sandbox.marketer_token), seed),
                tally=Tally(),
                started=started,
                native=native,
            )


def _let_reps_see(sandbox: Sandbox, team: Team) -> None:
    """The administrator's part: the reps get crmbridge's permission set."""
    token = sandbox.connection()["salesforce"]["access_token"]
    org = sandbox.salesforce_client(token)
    soql = "SELECT Id FROM PermissionSet WHERE Name LIKE 'CRMBridge%' ORDER BY Id"
    answer = org.get(f"{API}/query", q=soql)
    answer.raise_for_status()
    for found in answer.json()["records"]:
        for rep in (*team.reps, team.manager):
            org.post(
                f"{API}/sobjects/PermissionSetAssignment",
                {"AssigneeId": rep.user_id, "PermissionSetId": found["Id"]},
            )


def step_after(now: datetime) -> timedelta:
    """Half an hour, at weekends and in the small hours of every office an hour."""
    calm = now.weekday() >= 5 or now.hour >= 22 or now.hour < 2
    return 2 * STEP if calm else STEP


def run(
    demo: Demo, days: int, on_step: Callable[[datetime, CycleReport], None] | None = None
) -> dict[str, Any]:
    """All the days, then the quiet end; the report."""
    now, end = START, START + timedelta(days=days)
    while now < end:
        now += step_after(now)
        report = demo.step(now)
        if on_step is not None:
            on_step(now, report)
    demo.calm_down()
    return demo.report()
