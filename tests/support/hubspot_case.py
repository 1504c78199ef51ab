"""One call to the simulator and what the vendor's client declares of its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A call and its answer; ``model`` None is no content, or unmodelled for ``reason``.

    ``{word}`` in ``url`` and in strings of ``body`` stands for an id of the prepared portal.
    With ``form`` the body goes out as a form.
    """

    url: str
    body: Any = None
    status: int = 200
    package: str = ""
    model: str | None = None
    reason: str = ""
    form: bool = False


def case(url: str, package: str, model: str | None, body: Any = None, status: int = 200) -> Case:
    return Case(url=url, package=package, model=model, body=body, status=status)


def gone(url: str, body: Any = None) -> Case:
    return Case(url=url, body=body, status=204)


def unmodelled(url: str, reason: str, body: Any = None) -> Case:
    return Case(url=url, body=body, reason=reason)
