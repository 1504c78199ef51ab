"""Looks before it writes: is the record still what the decision saw, does it exist already?

Collections have no compare-and-set (contract §13), so what a decision relied on is read again
just before; one call for a whole batch, none where nothing was relied on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref
from crmbridge.core.operations import Operation, OperationKind, Outcome, Receipt
from crmbridge_salesforce.client import SalesforceClient, Subanswer, Subrequest
from crmbridge_salesforce.errors import as_query_error
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.mapping import SOBJECTS, from_vendor
from crmbridge_salesforce.owned import UID_FIELD
from crmbridge_salesforce.payload import read_flag
from crmbridge_salesforce.person_accounts import FLAG
from crmbridge_salesforce.records import ref_of
from crmbridge_salesforce.schema import OrgSchema
from crmbridge_salesforce.soql import build, query_url


@dataclass(slots=True, kw_only=True)
class Standing:
    """What was found: ``settled`` need no writing any more; ``existing`` maps the key of a
    CREATE to the record that holds its uid already; ``persons`` maps a contact's id to the
    person account it is written through."""

    settled: list[Receipt] = field(default_factory=list)
    existing: dict[str, Ref] = field(default_factory=dict)
    persons: dict[str, str] = field(default_factory=dict)


class Prechecker:
    """Asks one composite for everything a batch relies on."""

    def __init__(
        self, client: SalesforceClient, schema: Callable[[], OrgSchema], layout: Layout
    ) -> None:
        self._client = client
        self._schema = schema
        self._layout = layout

    def check(self, operations: Sequence[Operation]) -> Standing:
        """Find conflicts, lost targets and creates that were done before."""
        relying: dict[ObjectType, list[Operation]] = {}
        creating: dict[ObjectType, list[Operation]] = {}
        for operation in operations:
            if operation.kind is OperationKind.CREATE:
                creating.setdefault(operation.object_type, []).append(operation)
            elif operation.expected and operation.target is not None:
                relying.setdefault(operation.object_type, []).append(operation)
        standing = Standing()
        contacts = self._contacts(operations)
        if not relying and not creating and not contacts:
            return standing
        requests = [self._present_values(kind, group) for kind, group in relying.items()]
        requests += [self._existing_keys(kind, group) for kind, group in creating.items()]
        requests += [self._persons(contacts)] if contacts else []
        answers = iter(self._client.composite(requests))
        for group in relying.values():
            rows = _body(next(answers), "read before writing")
            for operation, row in zip(group, rows, strict=True):
                receipt = compare(self._layout, operation, row)
                if receipt is not None:
                    standing.settled.append(receipt)
        for kind, group in creating.items():
            _note_existing(standing, kind, group, _body(next(answers), "look for our key"))
        if contacts:
            rows = _body(next(answers), "look for person accounts")["records"]
            standing.persons = {str(row["Id"]): str(row["AccountId"]) for row in rows}
        return standing

    def _contacts(self, operations: Sequence[Operation]) -> list[str]:
        """The ids of contacts to be written, in an org that has person accounts."""
        ids = [
            each.target.id
            for each in operations
            if each.target is not None and each.target.object_type is ObjectType.CONTACT
        ]
        return ids if ids and self._schema().has("Contact", FLAG) else []

    def _persons(self, ids: Sequence[str]) -> Subrequest:
        soql = build(
            "SELECT Id, AccountId FROM Contact WHERE {flag:literal} = true AND Id IN {ids}",
            flag=FLAG,
            ids=list(ids),
        )
        return Subrequest(url=query_url(self._client.root, soql))

    def _present_values(self, kind: ObjectType, group: Sequence[Operation]) -> Subrequest:
        names = {name for operation in group for name in operation.expected}
        columns = {column.name for name in names if (column := self._layout.column_of(kind, name))}
        if kind is ObjectType.LEAD:
            columns.add("IsConverted")
        ids = [operation.target.id for operation in group if operation.target]
        return Subrequest(
            url=f"{self._client.root}/composite/sobjects/{SOBJECTS[kind]}",
            method="POST",
            body={"ids": ids, "fields": sorted(columns | {"Id"})},
        )

    def _existing_keys(self, kind: ObjectType, group: Sequence[Operation]) -> Subrequest:
        soql = build(
            f"SELECT Id, {UID_FIELD} FROM {SOBJECTS[kind]} WHERE {UID_FIELD} IN {{uids}}",
            uids=[operation.values[f.UID] for operation in group],
        )
        return Subrequest(url=query_url(self._client.root, soql))


def _body(answer: Subanswer, doing: str) -> Any:
    if answer.refusal is not None:
        raise as_query_error(answer.refusal, doing)
    return answer.body


def compare(layout: Layout, operation: Operation, row: Mapping[str, Any] | None) -> Receipt | None:
    """The receipt of an operation that must not be written, because the ``row`` read just now is
    not what it expects, else ``None``."""
    if row is None or read_flag(row.get("IsConverted")):
        what = "the record was deleted" if row is None else "the lead was converted"
        return _settled(operation, Outcome.GONE, f"salesforce: {what}")
    kind = operation.object_type
    for name, seen in operation.expected.items():
        column = layout.column_of(kind, name)
        if column is None:
            continue
        held = layout.project(kind, name, from_vendor(column, row.get(column.name)))
        if held != layout.project(kind, name, seen):
            message = f"salesforce: {name} was changed since it was read"
            return _settled(operation, Outcome.CONFLICT, message)
    return None


def _settled(operation: Operation, outcome: Outcome, message: str) -> Receipt:
    return Receipt(key=operation.key, outcome=outcome, ref=operation.target, message=message)


def _note_existing(
    standing: Standing, kind: ObjectType, group: Sequence[Operation], body: Mapping[str, Any]
) -> None:
    holders = {row[UID_FIELD]: str(row["Id"]) for row in body["records"]}
    for operation in group:
        holder = holders.get(operation.values[f.UID])
        if holder is not None:
            standing.existing[operation.key] = ref_of(kind, holder)
