"""What only an org itself can tell about its fitness: rights, statuses, who else is our user."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from crmbridge.core.model import ObjectType
from crmbridge.errors import ConfigError
from crmbridge.findings import Finding, Wanted, error, fine, unseen, warning
from crmbridge_salesforce.activity_capture import examine_capture
from crmbridge_salesforce.api_versions import examine_version
from crmbridge_salesforce.client import SalesforceClient, Subrequest
from crmbridge_salesforce.fetching import Fetcher
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.mapping import SOBJECTS
from crmbridge_salesforce.object_rights import (
    Right,
    Rights,
    are_readable,
    examine_private,
    examine_rights,
    read_rights,
)
from crmbridge_salesforce.owned import OWNED, STATUS_FIELD
from crmbridge_salesforce.payload import read_flag
from crmbridge_salesforce.person_accounts import FLAG
from crmbridge_salesforce.records import SYSTEM
from crmbridge_salesforce.schema import OrgSchema
from crmbridge_salesforce.soql import build, query_url

_OURS: Final = frozenset(each.name for each in OWNED)
_OPTIONAL: Final = frozenset({"HasOptedOutOfEmail", "CurrencyIsoCode", "Industry", "Website"})
"""Standard fields that many orgs do without, or do not show. Contract §12."""
_NEVER_MADE: Final = ("Account", "Opportunity", "Campaign", "Event")
"""Objects of which crmbridge never creates a record."""
_WRITTEN: Final = (ObjectType.LEAD, ObjectType.CONTACT)
_UNTOUCHED: Final = frozenset({"new"})
"""Our own contact status that says nothing, in lower case."""


def examine(
    client: SalesforceClient, fetcher: Fetcher, layout: Layout, wanted: Wanted
) -> Iterator[Finding]:
    """Five calls, and one that is not counted."""
    yield from examine_version(client)
    yield examine_capture(client)
    rights = read_rights(client)
    yield from examine_rights(rights, wanted.creates)
    if not are_readable(rights):
        return
    try:
        schema = fetcher.schema(fresh=True)
    except ConfigError as wrong:
        yield error(
            "permissions", SYSTEM, str(wrong), "correct the name, or grant the user the field"
        )
        return
    if schema.has("Account", FLAG):
        yield from examine_private(rights)
    yield from _permissions(schema, layout, rights)
    yield from _statuses(client, schema, wanted.statuses)
    yield _sharing(client)


def _permissions(schema: OrgSchema, layout: Layout, rights: Rights) -> Iterator[Finding]:
    hidden: list[str] = []
    lesser: list[str] = []
    frozen: list[str] = []
    for object_type, sobject in SOBJECTS.items():
        fields = schema.fields(sobject)
        # Where no record may be edited, no field may.
        edited = object_type in _WRITTEN and Right.EDIT in rights[sobject]
        for column in layout.columns(object_type):
            name = f"{sobject}.{column.name}"
            if column.name in _OURS:
                continue
            if column.name not in fields:
                (lesser if column.name in _OPTIONAL else hidden).append(name)
            elif edited and column.writable and not fields[column.name].updates:
                frozen.append(name)
    remedy = (
        "give the integration user read and edit access to these fields, in its profile or a "
        "permission set"
    )
    if hidden:
        says = f"the integration user does not see {', '.join(sorted(hidden))}"
        yield error("permissions", SYSTEM, says, remedy)
    if frozen:
        says = f"the integration user may not edit {', '.join(sorted(frozen))}"
        yield error("permissions", SYSTEM, says, remedy)
    if lesser:
        yield unseen(
            "permissions",
            SYSTEM,
            f"not seen, and done without: {', '.join(sorted(lesser))}",
            "grant them if your org uses them",
        )
    if not hidden and not frozen:
        yield fine("permissions", SYSTEM, "every standard field that is needed can be used")


def _statuses(
    client: SalesforceClient, schema: OrgSchema, known: Collection[str]
) -> Iterator[Finding]:
    """Values that a rep can pick and the rule book does not know say nothing to it. That is right
    for the value of a new lead and for those that a conversion sets: the conversion tells."""
    soql = build("SELECT ApiName, IsDefault, IsConverted FROM LeadStatus")
    silent = sorted(
        str(row["ApiName"])
        for row in client.query("query", soql)["records"]
        if not read_flag(row["IsDefault"]) and not read_flag(row["IsConverted"])
        if _folded(row["ApiName"]) not in known
    )
    status = schema.fields("Contact").get(STATUS_FIELD)
    silent += sorted(
        value
        for value in (status.choices if status is not None else ())
        if _folded(value) not in {*known, *_UNTOUCHED}
    )
    if silent:
        yield warning(
            "status values",
            SYSTEM,
            f"reps can pick these, and the rule book does not know them: {', '.join(silent)}",
            "list each in stages.yaml under the stage that it means (`statuses`)",
        )
    else:
        yield fine("status values", SYSTEM, "the rule book knows every status that reps can pick")


def _sharing(client: SalesforceClient) -> Finding:
    us = client.login().user_id
    queries = [
        build(
            "SELECT Id FROM {sobject:literal} WHERE CreatedById = {us} LIMIT 1",
            sobject=sobject,
            us=us,
        )
        for sobject in _NEVER_MADE
    ]
    answers = client.composite([Subrequest(url=query_url(client.root, each)) for each in queries])
    made = [
        sobject
        for sobject, answer in zip(_NEVER_MADE, answers, strict=True)
        # An edition without campaigns has nobody who creates them.
        if answer.refusal is None and answer.body["records"]
    ]
    if made:
        return warning(
            "integration user",
            SYSTEM,
            f"the integration user has created what crmbridge never creates: {', '.join(made)}",
            "give crmbridge a user of its own: edits of another tool under the same user are taken "
            "for crmbridge's",
        )
    return fine("integration user", SYSTEM, "no sign that another tool uses it")


def _folded(value: object) -> str:
    return " ".join(str(value).split()).casefold()
