"""How patient the shell is within a cycle: a few short waits, then the next cycle tries."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    wait_exponential_jitter,
)

from crmbridge.errors import BudgetExhausted, RetryableError

_LONGEST_WAIT = 10.0
"""Seconds; HubSpot's short window is ten seconds long, anything longer is the next cycle's."""

_backoff = wait_exponential_jitter(multiplier=0.2, max=_LONGEST_WAIT)


def _worth_waiting(error: BaseException) -> bool:
    return (
        isinstance(error, RetryableError)
        and not isinstance(error, BudgetExhausted)
        and (error.retry_after or 0.0) <= _LONGEST_WAIT
    )


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, RetryableError) else None
    return asked if asked is not None else _backoff(state)


def patiently(attempt: Callable[[], None], pause: Callable[[float], None]) -> None:
    """Run ``attempt`` until it succeeds, at most four times; only for repeatable work.

    ``pause`` waits for so many seconds. A vendor's ``Retry-After`` beats our own backoff; the
    last error is raised as it is.
    """
    for step in Retrying(
        sleep=pause,
        stop=stop_after_attempt(4),
        retry=retry_if_exception(_worth_waiting),
        wait=_wait,
        reraise=True,
    ):
        with step:
            attempt()
