"""What the org does to bulk jobs by and by. Salesforce contract §8."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator.bulk_csv import BadUpload
from crmbridge_salesforce.simulator.bulk_jobs import BulkJob, JobKind, State
from crmbridge_salesforce.simulator.bulk_rows import columns_of, write_row

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld


def work(world: SalesforceWorld) -> None:
    """Move on what world time alone moves: called at every request to the org."""
    seconds = world.bulk.pace.seconds
    if seconds is None:
        return
    now = world.now()
    for job in world.bulk.unfinished():
        if job.state is State.UPLOADED:
            job.state = State.RUNNING
        if now >= job.moved_at + timedelta(seconds=seconds):
            _finish(world, job)


def polled(world: SalesforceWorld, job: BulkJob) -> None:
    """One step for a job somebody looks at, where polls move jobs."""
    if world.bulk.pace.seconds is not None:
        return
    if job.state is State.UPLOADED:
        job.move(State.RUNNING, world.now())
    elif job.state is State.RUNNING:
        _finish(world, job)


def _finish(world: SalesforceWorld, job: BulkJob) -> None:
    """Do the whole job; rows already written stay written if it fails on the way."""
    pace = world.bulk.pace
    failure, rows = pace.failure, pace.failure_rows
    world.bulk.pace = replace(pace, failure=None, failure_rows=0)
    try:
        if job.kind is JobKind.INGEST:
            _ingest(world, job, rows if failure is not None else None)
        if failure is not None:
            raise BadUpload(failure)
    except BadUpload as bad:
        job.error = str(bad)
        job.move(State.FAILED, world.now())
        return
    job.move(State.DONE, world.now())


def _ingest(world: SalesforceWorld, job: BulkJob, most: int | None) -> None:
    job.header, job.rows = job.dialect.read(job.upload or "")
    job.upload = None
    fields = columns_of(world, job, job.header)
    for cells in job.rows[:most]:
        job.results.append(write_row(world, job, fields, cells))
    world.bulk.count_batches(len(job.rows), world.now())
