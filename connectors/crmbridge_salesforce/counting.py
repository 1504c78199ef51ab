"""Counts records by spans of ids, without reading them. Salesforce contract §4, §9."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from crmbridge.core.model import ObjectType
from crmbridge.ports import Span
from crmbridge_salesforce.client import SalesforceClient, Subrequest
from crmbridge_salesforce.errors import as_query_error
from crmbridge_salesforce.fetching import QUERIES, follow
from crmbridge_salesforce.mapping import SOBJECTS
from crmbridge_salesforce.person_accounts import FLAG
from crmbridge_salesforce.schema import OrgSchema
from crmbridge_salesforce.soql import build, query_url

COUNTED: Final = (ObjectType.LEAD, ObjectType.CONTACT, ObjectType.ACCOUNT, ObjectType.DEAL)


def count(client: SalesforceClient, schema: OrgSchema, spans: Sequence[Span]) -> list[int]:
    """The records outside the recycle bin in each span; five counts for one call."""
    found: list[int] = []
    for start in range(0, len(spans), QUERIES):
        batch = spans[start : start + QUERIES]
        asked = [query_url(client.root, _query(schema, "COUNT()", span)) for span in batch]
        answers = client.composite([Subrequest(url=url) for url in asked])
        for span, answer in zip(batch, answers, strict=True):
            if answer.refusal is not None:
                raise as_query_error(answer.refusal, f"count {SOBJECTS[span.object_type]}")
            found.append(int(answer.body["totalSize"]))
    return found


def list_ids(client: SalesforceClient, schema: OrgSchema, span: Span) -> Iterator[str]:
    """Their ids, page by page."""
    for row in follow(client, client.query("query", _query(schema, "Id", span))):
        yield str(row["Id"])


def _query(schema: OrgSchema, wanted: str, span: Span) -> str:
    bounds = []
    if span.object_type is ObjectType.ACCOUNT and schema.has("Account", FLAG):
        bounds.append(f"{FLAG} = false")
    if span.after:
        bounds.append(build("Id > {id}", id=span.after))
    if span.upto:
        bounds.append(build("Id <= {id}", id=span.upto))
    select = build(
        "SELECT {wanted:literal} FROM {table:literal}",
        wanted=wanted,
        table=SOBJECTS[span.object_type],
    )
    return f"{select} WHERE {' AND '.join(bounds)}" if bounds else select
