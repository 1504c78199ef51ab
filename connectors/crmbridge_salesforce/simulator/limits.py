"""Allowances and what is left of them. Salesforce contract §10."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator.call import Call, Reply
from crmbridge_salesforce.simulator.errors import ApiError

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_BULK_BATCHES = 15_000
_BULK_QUERIES = 10_000
# Allowances this simulator has no use for; they are always whole.
_UNTOUCHED = {
    "DailyAsyncApexExecutions": 250_000,
    "DataStorageMB": 1_024,
    "FileStorageMB": 1_024,
    "HourlyTimeBasedWorkflow": 1_000,
}


def limits(world: SalesforceWorld, call: Call) -> Reply:
    """All allowances. Contract §10."""
    now = world.now()
    counted = {
        "DailyApiRequests": (world.usage.maximum, world.usage.used(now)),
        "DailyBulkApiBatches": (_BULK_BATCHES, world.bulk.batches_used(now)),
        "DailyBulkV2QueryJobs": (_BULK_QUERIES, world.bulk.queries_used(now)),
    }
    spent = {
        name: {"Max": most, "Remaining": max(0, most - used)}
        for name, (most, used) in counted.items()
    }
    rest = {name: {"Max": each, "Remaining": each} for name, each in _UNTOUCHED.items()}
    return Reply(body=dict(sorted({**spent, **rest}.items())))


def limit_info(world: SalesforceWorld) -> str:
    """The value of the ``Sforce-Limit-Info`` header. Contract §10."""
    return f"api-usage={world.usage.used(world.now())}/{world.usage.maximum}"


def request_limit_exceeded() -> ApiError:
    """The refusal once the daily allowance is used up: 403, not 429. Contract §10."""
    return ApiError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
