"""The query resources and their paging. Salesforce contract §4."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crmbridge_salesforce.simulator.call import Call, Reply
from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.soql import bind, count_rows, find_ids, group_rows, parse
from crmbridge_salesforce.simulator.soql.bound import BoundQuery, Scope
from crmbridge_salesforce.simulator.soql.rendering import record_json
from crmbridge_salesforce.simulator.times import json_value

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.cursors import Cursor
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_BATCH = re.compile(r"(?:^|[,;\s])batchSize\s*=\s*(\d+)", re.IGNORECASE)
_LOCATOR = re.compile(r"(01g[A-Za-z0-9]{15})-(\d+)")
_SMALLEST_BATCH, _LARGEST_BATCH = 200, 2000
_MOST_GROUPS = 2000


def query(world: SalesforceWorld, call: Call) -> Reply:
    """Run a query over live rows. Contract §4."""
    return _first_page(world, call, data_scope(world, call, include_deleted=False))


def query_all(world: SalesforceWorld, call: Call) -> Reply:
    """Run a query over deleted rows too. Contract §4."""
    return _first_page(world, call, data_scope(world, call, include_deleted=True))


def query_more(world: SalesforceWorld, call: Call, locator: str) -> Reply:
    """The next page of a query. Contract §4."""
    match = _LOCATOR.fullmatch(locator)
    cursor = world.cursors.get(match.group(1), world.now()) if match else None
    start = int(match.group(2)) if match else 0
    if world.switches.lost_pages:
        world.switches.lost_pages -= 1
        cursor = None
    if cursor is None or cursor.query.scope.user_id != call.user_id:
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    if start >= len(cursor.record_ids):
        raise ApiError(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
    return Reply(body=_page(cursor, start, call.root))


def soql_of(call: Call) -> str:
    """The query text of a call."""
    text = call.query.get("q", "")
    if not text.strip():
        raise ApiError(400, "MALFORMED_QUERY", "A query string has to be specified")
    return text


def data_scope(world: SalesforceWorld, call: Call, *, include_deleted: bool) -> Scope:
    """What a query of this call may see."""
    zone = ZoneInfo(str(world.user(call.user_id)["TimeZoneSidKey"]))
    return Scope(
        text=soql_of(call),
        schema=world.schema,
        store=world.store,
        sees=world.access,
        user_id=call.user_id,
        now=world.now(),
        zone=zone,
        include_deleted=include_deleted,
    )


def _first_page(world: SalesforceWorld, call: Call, scope: Scope) -> Reply:
    bound = bind(scope, parse(scope.text))
    if bound.counts_only:
        return Reply(body={"totalSize": count_rows(bound), "done": True, "records": []})
    if bound.grouping:
        return Reply(body=grouped_answer(bound))
    cursor = world.cursors.open(bound, find_ids(bound), _batch_size(world, call), world.now())
    return Reply(body=_page(cursor, 0, call.root))


def grouped_answer(bound: BoundQuery) -> dict[str, Any]:
    """The whole answer of a grouped query, which cannot be paged."""
    groups = group_rows(bound)
    if len(groups) > _MOST_GROUPS:
        message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results"
        raise ApiError(400, "EXCEEDED_ID_LIMIT", message)
    records = [
        {
            "attributes": {"type": "AggregateResult"},
            **{key: json_value(value) for key, value in group.items()},
        }
        for group in groups
    ]
    return {"totalSize": len(records), "done": True, "records": records}


def _batch_size(world: SalesforceWorld, call: Call) -> int:
    match = _BATCH.search(call.headers.get("sforce-query-options", ""))
    wanted = int(match.group(1)) if match else _LARGEST_BATCH
    size = max(_SMALLEST_BATCH, min(wanted, _LARGEST_BATCH))
    return min(size, world.switches.page_rows or size)


def _page(cursor: Cursor, start: int, root: str) -> dict[str, Any]:
    """One page, read as the rows are now; rows purged since are left out."""
    end = start + cursor.batch_size
    bound = cursor.query
    table = bound.scope.store.table(bound.sobject.name)
    rows = [table.get(record_id) for record_id in cursor.record_ids[start:end]]
    done = end >= len(cursor.record_ids)
    page: dict[str, Any] = {"totalSize": len(cursor.record_ids), "done": done}
    if not done:
        # Also for queryAll the platform answers a path below /query/.
        page["nextRecordsUrl"] = f"{root}/query/{cursor.locator}-{end}"
    page["records"] = [record_json(bound, row, root) for row in rows if row is not None]
    return page
