"""Updates by the ten thousand: one job of the Bulk API 2.0 instead of a call per 200 rows.

A job costs its making, its upload, its closing, a few looks at it, its results and its deletion,
however many rows it has. It knows no header for duplicate rules and tells refusals in a form of its
own, so that whatever it did not write goes by collections again. A job that outlives a daemon which
was killed may put back a value that was written meanwhile: the next poll shows that as an edit of a
field of ours, and it is put right. Contract §8.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_exponential

from crmbridge.errors import CrmBridgeError, RejectedRecord, RetryableError
from crmbridge_salesforce.client import SalesforceClient

_NULL: Final = "#N/A"
_MOST_BYTES: Final = 90_000_000
"""A job takes 100 MB."""
_PATIENCE: Final = 1200.0
"""Seconds until a job is given up: the org works at ten thousand rows for ten minutes at most."""
_FINAL: Final = frozenset({"JobComplete", "Failed", "Aborted"})


def fits(row: Mapping[str, Any]) -> bool:
    """Whether a job can say what the row says: a text that reads as null cannot be told."""
    return _NULL not in row.values()


def update_rows(
    client: SalesforceClient, sobject: str, rows: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Update rows by their ``id``; the ids of those that were written.

    Fields that a row does not name stay as they are. Raises ``RetryableError`` where the job did
    not come to its end; repeating it does no harm. Where the org takes no such job, nothing was
    written.
    """
    data = _csv(rows)
    if len(data) > _MOST_BYTES and len(rows) > 1:
        middle = len(rows) // 2
        halves = (rows[:middle], rows[middle:])
        return set().union(*(update_rows(client, sobject, half) for half in halves))
    wish = {"object": sobject, "operation": "update", "contentType": "CSV", "lineEnding": "LF"}
    try:
        job = str(client.call("POST", "jobs/ingest", wish)["id"])
    except RejectedRecord:
        return set()
    path = f"jobs/ingest/{job}"
    try:
        client.call("PUT", f"{path}/batches", data)
        client.call("PATCH", path, {"state": "UploadComplete"})
        _wait(client, path)
        return _written(client.call("GET", f"{path}/successfulResults"))
    except RejectedRecord as error:
        raise RetryableError(error.message) from None
    finally:
        _drop(client, path)


def _csv(rows: Sequence[Mapping[str, Any]]) -> bytes:
    columns = sorted({name for row in rows for name in row if name not in ("id", "attributes")})
    out = io.StringIO(newline="")
    lines = csv.writer(out, lineterminator="\n")
    lines.writerow(["Id", *columns])
    lines.writerows([row["id"], *(_cell(row, name) for name in columns)] for row in rows)
    return out.getvalue().encode()


def _cell(row: Mapping[str, Any], name: str) -> str:
    """An empty cell leaves the field alone, ``#N/A`` empties it."""
    if name not in row:
        return ""
    value = row[name]
    if value is None:
        return _NULL
    return str(value).lower() if isinstance(value, bool) else str(value)


def _wait(client: SalesforceClient, path: str) -> None:
    state = Retrying(
        retry=retry_if_result(lambda state: state not in _FINAL),
        wait=wait_exponential(multiplier=0.5, max=15),
        stop=stop_after_delay(_PATIENCE),
        retry_error_callback=lambda _: None,
    )(lambda: str(client.call("GET", path)["state"]))
    if state is None:
        client.call("PATCH", path, {"state": "Aborted"})
        raise RetryableError("salesforce: a bulk job did not end in time and was given up")


def _written(answer: Mapping[str, str] | None) -> set[str]:
    lines = csv.DictReader(io.StringIO((answer or {}).get("csv", ""), newline=""))
    return {line["sf__Id"] for line in lines}


def _drop(client: SalesforceClient, path: str) -> None:
    """Jobs that are not deleted stay for seven days, which does no harm."""
    try:
        client.call("DELETE", path)
    except CrmBridgeError:
        return
