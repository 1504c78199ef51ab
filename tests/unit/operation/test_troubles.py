"""What is a trouble, what keeps a process from being ready, and how both are told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from crmbridge.breaker import Outage
from crmbridge.core.alerting import Alert, AlertKind, Trouble
from crmbridge.core.forecasting import Allowance, Forecast
from crmbridge.core.operations import Lane
from crmbridge.core.reconciling import Cause, Reconciliation, Tally
from crmbridge.errors import (
    AuthError,
    BudgetExhausted,
    ConfigError,
    CrmBridgeError,
    RetryableError,
    Unavailable,
)
from crmbridge.operation import messages
from crmbridge.operation.survey import Counts, Survey
from crmbridge.operation.troubles import SURVEYED, ending, failing, troubles
from crmbridge.operation.view import Role, View, why_not_ready
from crmbridge.store.backend import StoreSize

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
OUTAGE = Outage(system="hubspot", since=NOON, until=NOON + MINUTE, failures=5, reason="status 503")


def survey(**changes: Any) -> Survey:
    calm = Survey(
        at=NOON,
        outbox={},
        why_held=(),
        parked_lately=0,
        reviews=0,
        sla_waiting={},
        counts=Counts(at=NOON, people={}, promises={}),
        forecasts=(),
        outages=(),
        pauses=(),
        watermarks={},
        reconciliation=None,
        size=StoreSize(size=0, free=0),
    )
    return replace(calm, **changes)


def forecast(runs_out_at: datetime | None) -> Forecast:
    told = Allowance(limit=1000, used=800, reserve=0.1, told_at=NOON)
    return Forecast(system="salesforce", allowance=told, per_hour=50.0, runs_out_at=runs_out_at)


def compared(cause: Cause) -> Reconciliation:
    tally = Tally(population="MQL", belong=1, shown={}, in_all=0, causes={cause.value: 2})
    return Reconciliation(at=NOON, tallies=(tally,))


TROUBLES: list[tuple[AlertKind, dict[str, Any], str]] = [
    (AlertKind.OUTAGE, {"outages": (OUTAGE,)}, "since 2026-06-09 12:00 UTC: status 503"),
    (AlertKind.BUDGET, {"forecasts": (forecast(NOON),)}, "800 of the day's 1,000 API calls"),
    (
        AlertKind.HELD,
        {"outbox": {("held", Lane.STAGE): 1200}, "why_held": ("too many MQLs",)},
        "1,200 writes broke a limit and wait for a yes: too many MQLs",
    ),
    (
        AlertKind.PARKED,
        {"outbox": {("parked", Lane.STAGE): 30}, "parked_lately": 10},
        "10 writes were refused within a day, 30 are parked in all",
    ),
    (AlertKind.RECONCILIATION, {"reconciliation": compared(Cause.DRIFT)}, "2 drift"),
]


@pytest.mark.parametrize(("kind", "changes", "text"), TROUBLES)
def test_each_trouble_has_its_words_and_a_remedy(
    kind: AlertKind, changes: dict[str, Any], text: str
) -> None:
    (found,) = troubles(survey(**changes), parked_growth=10)
    assert kind is found.kind
    assert text in found.text
    assert found.remedy


def test_every_kind_that_a_survey_tells_is_tried_here() -> None:
    assert SURVEYED == {kind for kind, _, _ in TROUBLES}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"forecasts": (forecast(None),)},
        {"outbox": {("parked", Lane.STAGE): 300}, "parked_lately": 9},
        {"outbox": {("waiting", Lane.STAGE): 300}},
        {"reconciliation": compared(Cause.PENDING)},
        {"pauses": ("hubspot",), "reviews": 99},
    ],
)
def test_what_passes_by_itself_is_no_trouble(changes: dict[str, Any]) -> None:
    assert [] == list(troubles(survey(**changes), parked_growth=10))


@pytest.mark.parametrize(
    ("error", "failures", "told"),
    [
        (RetryableError("hubspot: timed out"), 3, True),
        (RetryableError("hubspot: timed out"), 2, False),
        (Unavailable("hubspot: down"), 50, False),
        (BudgetExhausted("hubspot: all used"), 50, False),
    ],
)
def test_failing_cycles_are_told_where_no_other_trouble_tells_it(
    error: CrmBridgeError, failures: int, told: bool
) -> None:
    assert told is (failing(error, failures, 3) is not None)


def test_an_end_is_told_with_its_reason_but_not_what_a_defect_says() -> None:
    assert AlertKind.LOGIN is ending(AuthError("the token is refused")).kind
    config = ending(ConfigError("no such list"))
    assert (AlertKind.CYCLE, "the daemon has ended: no such list") == (config.kind, config.text)
    assert "the daemon has ended: ValueError" == ending(ValueError("ada@x.example")).text


def test_a_message_says_what_since_when_and_how_long_it_took() -> None:
    trouble = Trouble(kind=AlertKind.OUTAGE, subject="hubspot", text="It is down.", remedy="Wait.")
    alert = Alert(trouble=trouble, since=NOON, seen_at=NOON)
    title, text = messages.begun(alert, "Bridge on vm.")
    assert "crmbridge: A CRM does not answer (hubspot)" == title
    assert "It is down.\nWait.\n\nSince 2026-06-09 12:00 UTC. Bridge on vm." == text
    title, text = messages.ended(alert, "Bridge on vm.", NOON + timedelta(days=1, minutes=61))
    assert "crmbridge: over: A CRM does not answer (hubspot)" == title
    assert text.startswith("Over since 2026-06-10 13:01 UTC, after 1 d 1 h 1 min. It was: It is")


def test_every_kind_has_a_title() -> None:
    assert set(AlertKind) == set(messages.TITLES)


LEADER = View(role=Role.LEADER, interval=MINUTE, finished_at=NOON, survey=survey())
LOGIN = Trouble(kind=AlertKind.LOGIN, text="the token is refused", remedy="")


@pytest.mark.parametrize(
    ("view", "minutes", "reasons"),
    [
        (LEADER, 4, []),
        (LEADER, 6, ["the last cycle finished 6 minutes ago"]),
        (replace(LEADER, interval=5 * MINUTE), 14, []),
        (replace(LEADER, interval=5 * MINUTE), 16, ["the last cycle finished 16 minutes ago"]),
        (replace(LEADER, reason="no"), 6, ["the last cycle finished 6 minutes ago: no"]),
        (replace(LEADER, finished_at=None), 0, ["no cycle has finished yet"]),
        (
            replace(LEADER, survey=survey(outages=(OUTAGE,))),
            1,
            ["hubspot does not answer since 2026-06-09 12:00 UTC: status 503"],
        ),
        (
            replace(LEADER, alerts=(Alert(trouble=LOGIN, since=NOON, seen_at=NOON),)),
            1,
            ["a login is refused: the token is refused"],
        ),
        (replace(LEADER, role=Role.STANDBY, finished_at=None), 99, []),
        (replace(LEADER, role=Role.STARTING), 0, ["it is starting"]),
    ],
)
def test_ready_is_who_does_its_work_or_could_take_over(
    view: View, minutes: int, reasons: list[str]
) -> None:
    assert reasons == why_not_ready(view, NOON + minutes * MINUTE)
