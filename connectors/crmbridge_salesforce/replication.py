"""Asks the org itself how far its changes are complete, and what was deleted. Contract §9.

A row's stamp is set inside its transaction and the row seen only after the commit. Only the org
knows which transactions are still open; ``latestDateCovered`` is its word for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from crmbridge_salesforce.client import SalesforceClient, Subanswer, Subrequest
from crmbridge_salesforce.errors import as_error
from crmbridge_salesforce.payload import instant, read_instant

DELETABLE: Final = ("Lead", "Contact", "Opportunity")
"""Objects whose deletions say something about a person."""

_UPDATED_REACH: Final = timedelta(days=30)
_DELETED_REACH: Final = timedelta(days=15)
_MINUTE: Final = timedelta(minutes=1)
_NO_ANSWER: Final = frozenset(
    {"EXCEEDED_ID_LIMIT", "INVALID_REPLICATION_DATE", "INVALID_TYPE", "NOT_FOUND"}
)
"""Refusals that only say that this object's log cannot be had: too long, or not kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """``covered`` is object → instant up to which all its changes are visible, for those of
    which the org says so; ``deleted`` is object → ids that its log of deletions names."""

    covered: Mapping[str, datetime]
    deleted: Mapping[str, frozenset[str]]


def read_replication(
    client: SalesforceClient, since: Mapping[str, datetime], now: datetime
) -> Replication:
    """What the org says of the objects in ``since`` from those instants until ``now``; one call.

    Spans are cut to what the org's logs reach back, 30 days of changes and 15 of deletions.
    """
    asked: list[tuple[str, str]] = [(name, "updated") for name in since]
    asked += [(name, "deleted") for name in since if name in DELETABLE]
    requests = [
        Subrequest(url=_url(client.root, name, log, since[name], now)) for name, log in asked
    ]
    covered: dict[str, datetime] = {}
    silent: set[str] = set()
    deleted: dict[str, frozenset[str]] = {}
    for (name, log), answer in zip(asked, client.composite(requests), strict=True):
        if not _answered(answer, f"{log} {name}"):
            silent.add(name)
            continue
        latest = instant(answer.body, "latestDateCovered")
        covered[name] = min(covered.get(name, latest), latest)
        if log == "deleted":
            deleted[name] = _ids(answer.body["deletedRecords"])
    return Replication(
        covered={name: at for name, at in covered.items() if name not in silent}, deleted=deleted
    )


def _answered(answer: Subanswer, doing: str) -> bool:
    refusal = answer.refusal
    if refusal is None:
        return read_instant(answer.body.get("latestDateCovered")) is not None
    if refusal.code in _NO_ANSWER:
        return False
    raise as_error(refusal, doing)


def _url(root: str, name: str, log: str, since: datetime, now: datetime) -> str:
    reach = _UPDATED_REACH if log == "updated" else _DELETED_REACH
    # Seconds are cut off at both ends, and a start a moment before the reach is refused.
    start = min(max(since, now - reach + _MINUTE), now - _MINUTE)
    end = now + _MINUTE
    span = urlencode({"start": _minute(start), "end": _minute(end)})
    return f"{root}/sobjects/{name}/{log}/?{span}"


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:00Z")


def _ids(rows: Sequence[Mapping[str, object]]) -> frozenset[str]:
    return frozenset(str(row["id"]) for row in rows)
