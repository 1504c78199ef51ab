"""Who gave a record's fields the values they have, and when. Salesforce contract §4, §12.

Field history tells it of the fields that the org tracks. Of others no more is known than who
changed the record last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from crmbridge.core.model import Ref
from crmbridge.core.view import Edit
from crmbridge_salesforce.client import SalesforceClient
from crmbridge_salesforce.fetching import follow, follow_children
from crmbridge_salesforce.histories import history_of
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.mapping import OBJECT_TYPES, SOBJECTS
from crmbridge_salesforce.records import SYSTEM, ref_of
from crmbridge_salesforce.soql import build

_CHUNK: Final = 150
"""Ids per query, under the 4,000 characters of a WHERE string."""


def read_edits(
    client: SalesforceClient, layout: Layout, wanted: Mapping[Ref, Collection[str]]
) -> dict[Ref, dict[str, Edit]]:
    """Lead or contact → canonical field → its last edit; a call for 150 records of one object."""
    found: dict[Ref, dict[str, Edit]] = {}
    for sobject in ("Lead", "Contact"):
        kind = OBJECT_TYPES[sobject]
        refs = sorted(ref for ref in wanted if ref.object_type is kind and ref.system == SYSTEM)
        for start in range(0, len(refs), _CHUNK):
            soql = build(
                "SELECT Id, LastModifiedById, (SELECT Id, Field, OldValue, NewValue, CreatedById, "
                "CreatedDate FROM Histories) FROM {sobject:literal} WHERE Id IN {ids}",
                sobject=SOBJECTS[kind],
                ids=[ref.id for ref in refs[start : start + _CHUNK]],
            )
            for row in follow(client, client.query("query", soql)):
                ref = ref_of(kind, str(row["Id"]))
                history = history_of(follow_children(client, row))
                for name in wanted[ref]:
                    column = layout.column_of(kind, name)
                    change = history.latest(_told_as(column.name)) if column else None
                    edit = (
                        Edit(at=change.at, by=change.by)
                        if change is not None
                        else Edit(at=None, by=str(row["LastModifiedById"]))
                    )
                    found.setdefault(ref, {})[name] = edit
    return found


def _told_as(column: str) -> str:
    """History calls a lookup by its relationship."""
    return "Owner" if column == "OwnerId" else column
