"""What of a survey is a trouble, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Iterator

from crmbridge.core.alerting import AlertKind, Trouble
from crmbridge.core.reconciling import NEEDS_SOMEBODY
from crmbridge.errors import (
    AuthError,
    BudgetExhausted,
    CrmBridgeError,
    RejectedRecord,
    Unavailable,
)
from crmbridge.operation.survey import Survey

SURVEYED = frozenset(
    {
        AlertKind.OUTAGE,
        AlertKind.BUDGET,
        AlertKind.HELD,
        AlertKind.PARKED,
        AlertKind.RECONCILIATION,
    }
)
"""The kinds that a survey tells."""


def troubles(survey: Survey, parked_growth: int) -> Iterator[Trouble]:
    """Everything that is wrong, of the kinds in ``SURVEYED``."""
    for outage in survey.outages:
        yield Trouble(
            kind=AlertKind.OUTAGE,
            subject=outage.system,
            text=f"{outage.system} does not answer since {outage.since:%Y-%m-%d %H:%M} UTC: "
            f"{outage.reason}",
            remedy="Nothing is lost and nothing is decided meanwhile; crmbridge tries again by "
            "itself. See the vendor's status page.",
        )
    for forecast in survey.forecasts:
        if forecast.runs_out_at is not None:
            told = forecast.allowance
            yield Trouble(
                kind=AlertKind.BUDGET,
                subject=forecast.system,
                text=f"{forecast.system}: {told.used:,} of the day's {told.limit:,} API calls are "
                f"used; at this pace they run out {forecast.runs_out_at:%Y-%m-%d %H:%M} UTC",
                remedy="See `crmbridge budget`, and what else calls this CRM.",
            )
    held = survey.depth("held")
    if held:
        yield Trouble(
            kind=AlertKind.HELD,
            text=f"{held:,} writes broke a limit and wait for a yes: {'; '.join(survey.why_held)}",
            remedy="Look at `crmbridge approve`, then say yes, or mend the cause.",
        )
    if survey.parked_lately >= parked_growth:
        yield Trouble(
            kind=AlertKind.PARKED,
            text=f"{survey.parked_lately:,} writes were refused within a day, "
            f"{survey.depth('parked'):,} are parked in all",
            remedy="See `crmbridge parked` for causes and hints.",
        )
    yield from _differences(survey)


def _differences(survey: Survey) -> Iterator[Trouble]:
    found = survey.reconciliation
    if found is None or not found.needs_somebody:
        return
    causes = {
        cause.value: found.count(cause) for cause in sorted(NEEDS_SOMEBODY) if found.count(cause)
    }
    told = ", ".join(f"{count:,} {cause}" for cause, count in causes.items())
    yield Trouble(
        kind=AlertKind.RECONCILIATION,
        text=f"the comparison of {found.at:%Y-%m-%d %H:%M} UTC found differences: {told}",
        remedy="See `crmbridge reconcile`.",
    )


def failing(error: CrmBridgeError, failures: int, least: int) -> Trouble | None:
    """The trouble that cycles fail, if it is one by now and is not told as another one."""
    if failures < least or isinstance(error, Unavailable | BudgetExhausted):
        return None
    remedy = "crmbridge tries again by itself; see its log."
    if isinstance(error, RejectedRecord):
        remedy = "`crmbridge doctor` may know why; it is tried again by itself."
    return Trouble(
        kind=AlertKind.CYCLE,
        text=f"{failures} cycles in a row failed, the latest because: {error.message}",
        remedy=remedy,
    )


def ending(error: Exception) -> Trouble:
    """The trouble that the daemon ends because of ``error``."""
    if isinstance(error, AuthError):
        return Trouble(
            kind=AlertKind.LOGIN,
            text=error.message,
            remedy="The daemon has ended. Mend the login, then start it again.",
        )
    return Trouble(
        kind=AlertKind.CYCLE,
        text=f"the daemon has ended: {told(error)}",
        remedy="Mend the cause, then start it again; see its log.",
    )


def told(error: BaseException) -> str:
    """The error in one line; of one that nobody raised on purpose its kind alone, for its text may
    hold anything."""
    return error.message if isinstance(error, CrmBridgeError) else type(error).__name__
