"""Who shows a stage: one query per object by that field. Salesforce contract §4, §7."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref
from crmbridge.ports import Population
from crmbridge_salesforce.client import SalesforceClient, Subrequest
from crmbridge_salesforce.errors import as_query_error
from crmbridge_salesforce.fetching import follow
from crmbridge_salesforce.mapping import SOBJECTS
from crmbridge_salesforce.records import ref_of
from crmbridge_salesforce.schema import OrgSchema
from crmbridge_salesforce.soql import build, query_url

_PEOPLE: Final = {ObjectType.LEAD: "IsConverted = false AND ", ObjectType.CONTACT: ""}
"""Who is asked for, and which of them; nothing is ever written to a converted lead."""


def read_population(
    client: SalesforceClient, schema: OrgSchema, stages: Collection[str]
) -> Population:
    """The leads and contacts in these stages: a call for both, and one per further page of 2,000.

    A field that the integration user does not see is not asked for.
    """
    names = {kind: schema.layout.name_of(kind, f.STAGE) for kind in _PEOPLE}
    seen = [kind for kind, name in names.items() if schema.has(SOBJECTS[kind], name)]
    hidden = frozenset(_PEOPLE) - frozenset(seen)
    if not seen:
        return Population(hidden=hidden)
    queries = [_query(kind, names[kind], stages) for kind in seen]
    answers = client.composite([Subrequest(url=query_url(client.root, soql)) for soql in queries])
    shown: dict[Ref, str] = {}
    for kind, answer in zip(seen, answers, strict=True):
        if answer.refusal is not None:
            raise as_query_error(answer.refusal, f"query {SOBJECTS[kind]}")
        for row in follow(client, answer.body):
            shown[ref_of(kind, str(row["Id"]))] = str(row[names[kind]])
    return Population(shown=shown, hidden=hidden)


def _query(kind: ObjectType, name: str, stages: Collection[str]) -> str:
    return build(
        "SELECT Id, {name:literal} FROM {table:literal} WHERE {which:literal}{name:literal} "
        "IN {stages}",
        name=name,
        table=SOBJECTS[kind],
        which=_PEOPLE[kind],
        stages=sorted(stages),
    )
