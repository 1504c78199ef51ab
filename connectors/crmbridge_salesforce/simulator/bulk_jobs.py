"""Bulk API 2.0 jobs: their life, their JSON, and how fast they move. Salesforce contract §8."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.bulk_csv import Dialect
from crmbridge_salesforce.simulator.errors import ApiError, resource_missing
from crmbridge_salesforce.simulator.times import format_datetime

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.ids import IdMint

_LISTED = 1000
_ROWS_A_BATCH = 10_000
_WINDOW = timedelta(hours=24)


class State(StrEnum):
    """Where a job is; the last three are final."""

    OPEN = "Open"
    UPLOADED = "UploadComplete"
    RUNNING = "InProgress"
    DONE = "JobComplete"
    FAILED = "Failed"
    ABORTED = "Aborted"

    @property
    def final(self) -> bool:
        """Whether nothing moves any more."""
        return self in (State.DONE, State.FAILED, State.ABORTED)


class JobKind(StrEnum):
    """The two families of jobs; the value is their ``jobType``."""

    INGEST = "V2Ingest"
    QUERY = "V2Query"


@dataclass(slots=True, kw_only=True)
class Pace:
    """How jobs move on. With ``seconds`` None each poll is one step: InProgress, then done.

    Otherwise a job is InProgress at once and done after that much world time, polled or not.
    ``repeat_header``: whether every page of query results starts with the header row.
    ``failure`` ends the next job that finishes in Failed, after ``failure_rows`` rows.
    """

    seconds: float | None = None
    repeat_header: bool = True
    failure: str | None = None
    failure_rows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What became of one uploaded row; ``error`` None means it was written."""

    record_id: str
    created: bool
    error: str | None
    cells: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class BulkJob:
    """One job; ``header`` and ``rows`` are the upload's, or the found rows of a query."""

    id: str
    kind: JobKind
    operation: str
    sobject: str
    user_id: str
    version: str
    created_at: datetime
    moved_at: datetime
    dialect: Dialect
    state: State
    external_id_field: str | None = None
    assignment_rule_id: str | None = None
    query: str = ""
    upload: str | None = None
    header: tuple[str, ...] = ()
    rows: list[tuple[str, ...]] = field(default_factory=list)
    results: list[RowResult] = field(default_factory=list)
    error: str | None = None

    @property
    def processed(self) -> int:
        """Rows looked at so far, failed ones included."""
        return len(self.rows) if self.kind is JobKind.QUERY else len(self.results)

    @property
    def failed(self) -> int:
        """Rows that were refused."""
        return sum(result.error is not None for result in self.results)

    def move(self, state: State, now: datetime) -> None:
        """Enter a state."""
        self.state = state
        self.moved_at = now

    def brief(self) -> dict[str, Any]:
        """The job as creating and changing it answer it."""
        shape: dict[str, Any] = {
            "id": self.id,
            "operation": self.operation,
            "object": self.sobject,
            "createdById": self.user_id,
            "createdDate": format_datetime(self.created_at),
            "systemModstamp": format_datetime(self.moved_at),
            "state": self.state.value,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": self.dialect.line_ending,
            "columnDelimiter": self.dialect.delimiter,
        }
        if self.external_id_field:
            shape["externalIdFieldName"] = self.external_id_field
        if self.assignment_rule_id:
            shape["assignmentRuleId"] = self.assignment_rule_id
        if self.kind is JobKind.INGEST and self.state is State.OPEN:
            shape["contentUrl"] = f"services/data/v{self.version}/jobs/ingest/{self.id}/batches"
        return shape

    def full(self) -> dict[str, Any]:
        """The job as reading it answers it: with what was done."""
        spent = int((self.moved_at - self.created_at).total_seconds() * 1000)
        shape = {
            **self.brief(),
            "jobType": self.kind.value,
            "numberRecordsProcessed": self.processed,
            "retries": 0,
            "totalProcessingTime": spent if self.state.final else 0,
        }
        if self.kind is JobKind.INGEST:
            shape["numberRecordsFailed"] = self.failed
            shape["apiActiveProcessingTime"] = shape["totalProcessingTime"]
            shape["apexProcessingTime"] = 0
        if self.error is not None:
            shape["errorMessage"] = self.error
        return shape


class BulkJobs:
    """The jobs of one org, oldest first."""

    def __init__(self, ids: IdMint) -> None:
        self._ids = ids
        self._jobs: dict[str, BulkJob] = {}
        self._queries: list[datetime] = []
        self._batches: list[tuple[datetime, int]] = []
        self.pace = Pace()

    def next_id(self) -> str:
        """An id for a new job."""
        return self._ids.next_id("750")

    def add(self, job: BulkJob) -> None:
        """Keep a new job."""
        self._jobs[job.id] = job
        if job.kind is JobKind.QUERY:
            self._queries.append(job.created_at)

    def get(self, kind: JobKind, job_id: str) -> BulkJob:
        """The job of that id; raises 404 NOT_FOUND."""
        job = self._jobs.get(job_id) or self._by_short_id(job_id)
        if job is None or job.kind is not kind:
            raise resource_missing()
        return job

    def drop(self, job: BulkJob) -> None:
        """Forget a job and its results."""
        del self._jobs[job.id]

    def unfinished(self) -> list[BulkJob]:
        """Jobs the org has to work on."""
        return [
            each for each in self._jobs.values() if each.state in (State.UPLOADED, State.RUNNING)
        ]

    def count_batches(self, rows: int, now: datetime) -> None:
        """Spend the daily allowance: one internal batch for each 10,000 rows."""
        self._batches.append((now, -(-rows // _ROWS_A_BATCH)))

    def batches_used(self, now: datetime) -> int:
        """Internal ingest batches of the last 24 hours."""
        return sum(count for at, count in self._batches if at > now - _WINDOW)

    def queries_used(self, now: datetime) -> int:
        """Query jobs of the last 24 hours."""
        return sum(at > now - _WINDOW for at in self._queries)

    def listing(self, kind: JobKind, locator: str | None, address: str) -> dict[str, Any]:
        """A page of all jobs of a kind, with the address of the next one or null."""
        start = read_locator(locator)
        jobs = [job for job in self._jobs.values() if job.kind is kind]
        end = start + _LISTED
        done = end >= len(jobs)
        following = None if done else f"{address}?queryLocator={make_locator(end)}"
        records = [{**job.brief(), "jobType": kind.value} for job in jobs[start:end]]
        return {"done": done, "nextRecordsUrl": following, "records": records}

    def _by_short_id(self, short: str) -> BulkJob | None:
        return next((job for job in self._jobs.values() if job.id[:15] == short), None)


def make_locator(start: int) -> str:
    """An opaque locator of the page that begins with this row."""
    return base64.urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def read_locator(text: str | None) -> int:
    """The first row of a locator's page, 0 without one; raises INVALID_QUERY_LOCATOR."""
    if not text:
        return 0
    try:
        padded = text + "=" * (-len(text) % 4)
        return int(base64.urlsafe_b64decode(padded.encode()).decode("ascii"))
    except (ValueError, binascii.Error):
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator") from None
