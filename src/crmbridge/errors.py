"""Errors by consequence: the class of an error says what the caller must do next.

Connectors translate vendor errors into these through one table each; the engine never
looks at a vendor's status code. ``str(error)`` is the operator's one line and holds no
secret and no personal data; ``detail`` is for debugging and passes the redactor too.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class CrmBridgeError(Exception):
    """Root of every error crmbridge raises on purpose."""

    def __init__(self, message: str, *, detail: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.detail = detail


class ConfigError(CrmBridgeError):
    """A setting or the set-up of a CRM is wrong: a person must change it, then start again."""


class RuleBookError(ConfigError):
    """The rule book cannot be used; names the place and, where one is near, the likely word."""

    def __init__(
        self, message: str, *, path: str = "", line: int | None = None, suggestion: str = ""
    ) -> None:
        place = f"{path}:{line}: " if line is not None else f"{path}: " if path else ""
        hint = f" (did you mean {suggestion!r}?)" if suggestion else ""
        super().__init__(f"{place}{message}{hint}")
        self.path = path
        self.line = line
        self.suggestion = suggestion


class RetryableError(CrmBridgeError):
    """The same request may succeed later; ``retry_after`` is the least wait in seconds."""

    def __init__(self, message: str, *, retry_after: float | None = None, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.retry_after = retry_after


class RateLimited(RetryableError):
    """The vendor's short-term rate limit answered; wait and go on."""


class BudgetExhausted(RetryableError):
    """The day's calls are used up; nothing more until the vendor's day turns."""


class Unavailable(RetryableError):
    """The CRM failed so often in a row that nothing is sent there for a while."""


class StoreUnavailable(RetryableError):
    """The store cannot be read or written for now: full, read-only, locked, or it does not answer.
    Of the transaction that met it nothing was kept, unless the answer to its end was lost."""


class AuthError(CrmBridgeError):
    """The CRM refuses our credentials and a fresh login did not help."""


class PreconditionFailed(CrmBridgeError):
    """The record is no longer what the decision saw: decide again, do not write."""


class RejectedRecord(CrmBridgeError):
    """The CRM refuses this one record for good: park it, with ``hint`` for the operator."""

    def __init__(self, message: str, *, hint: str = "", detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.hint = hint


class LeaseLost(CrmBridgeError):
    """Another process writes in place of this one, which must end and write nothing more."""


class FatalError(CrmBridgeError):
    """Something that must never happen did; stop before harm is done."""


def did_you_mean(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """What a message about an unknown ``word`` ends with: the known one that is most like it, in
    brackets after a space; empty where none is at least so like, of 0 to 1."""
    near = difflib.get_close_matches(word, tuple(known), n=1, cutoff=likeness)
    return f" (did you mean {near[0]!r}?)" if near else ""
