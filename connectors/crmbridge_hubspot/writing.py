"""Writing operations in batches, one receipt each. HubSpot contract §4, §7, §12, §13."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref, Value
from crmbridge.core.operations import Operation, OperationKind, Outcome, Receipt
from crmbridge.errors import RejectedRecord, RetryableError
from crmbridge_hubspot import mapping
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.lists import change_members, nurture_lists
from crmbridge_hubspot.tasks import put_tasks

_BATCH = 100
_CONTACTS = "/crm/v3/objects/contacts"
_LIFECYCLE = "lifecyclestage"


@dataclass(slots=True, kw_only=True)
class Writer:
    """Writes to one portal; caches the order of life-cycle stages and the ids of lists."""

    client: HubSpotClient
    _stage_order: list[str] = field(default_factory=list)
    _list_ids: dict[str, str] = field(default_factory=dict)

    def apply(self, operations: Sequence[Operation]) -> list[Receipt]:
        """One receipt per operation in order; kinds go in the order in which they appear."""
        receipts: dict[str, Receipt] = {}
        steps: tuple[tuple[OperationKind, Callable[[list[Operation]], Iterable[Receipt]]], ...] = (
            (OperationKind.CREATE, self._create),
            (OperationKind.UPDATE, self._update),
            (OperationKind.OPT_OUT, self._opt_out),
            (OperationKind.OPT_IN, self._opt_in),
            (OperationKind.WITHDRAW, self._members),
            (OperationKind.ENROL, self._members),
            (OperationKind.TASK, partial(put_tasks, self.client)),
        )
        for kind, write in steps:
            own = [operation for operation in operations if operation.kind is kind]
            for portion in _portions(own):
                for receipt in self._safely(portion, write):
                    receipts[receipt.key] = receipt
        return [receipts[operation.key] for operation in operations]

    def _safely(
        self, operations: list[Operation], write: Callable[[list[Operation]], Iterable[Receipt]]
    ) -> Iterable[Receipt]:
        """Turn a call's failure into receipts; a refused batch is halved until only the rows
        that HubSpot refuses are parked."""
        try:
            return list(write(operations))
        except RetryableError as error:
            return [_retry(operation, error) for operation in operations]
        except RejectedRecord as error:
            if len(operations) == 1:
                return [_park(operations[0], error)]
            middle = len(operations) // 2
            return [
                *self._safely(operations[:middle], write),
                *self._safely(operations[middle:], write),
            ]

    def _update(self, operations: list[Operation]) -> Iterable[Receipt]:
        """Update by id; the same contact twice in one batch would be refused."""
        turns: list[list[Operation]] = []
        for operation in operations:
            for turn in turns:
                if operation.target not in {other.target for other in turn}:
                    turn.append(operation)
                    break
            else:
                turns.append([operation])
        return [receipt for turn in turns for receipt in self._update_once(turn)]

    def _update_once(self, operations: list[Operation]) -> Iterable[Receipt]:
        stale = self._changed_since(operations)
        going = [operation for operation in operations if operation.key not in stale]
        backwards = [operation for operation in going if self._goes_back(operation)]
        if backwards:
            # HubSpot ignores an earlier stage unless the stage was cleared by a request of
            # its own before. HubSpot contract §7.
            self._batch("update", [_row(o.target, {_LIFECYCLE: ""}) for o in backwards])
        answers = (
            self._batch("update", [_row(o.target, _properties(o)) for o in going]) if going else {}
        )
        for operation in operations:
            if operation.key in stale:
                yield stale[operation.key]
            else:
                yield self._updated(operation, answers.get(_id(operation)))

    def _updated(self, operation: Operation, item: dict[str, Any] | None) -> Receipt:
        if item is None:
            return Receipt(key=operation.key, outcome=Outcome.GONE, message="merged or deleted")
        held = _held(operation, item)
        if f.LIFECYCLE in held and held[f.LIFECYCLE] != operation.values[f.LIFECYCLE]:
            return Receipt(
                key=operation.key,
                outcome=Outcome.PARKED,
                message="hubspot: the life-cycle stage did not take the value",
                hint="check that the stage exists in HubSpot under this internal name",
            )
        return Receipt(
            key=operation.key,
            outcome=Outcome.DONE,
            ref=operation.target,
            held=held,
            modified_at=mapping.instant(str(item["updatedAt"])),
        )

    def _changed_since(self, operations: list[Operation]) -> dict[str, Receipt]:
        """Receipts for those whose shared fields are no longer what the decision saw."""
        guarded = {_id(o): o for o in operations if o.expected}
        if not guarded:
            return {}
        names = {
            mapping.property_of(ObjectType.CONTACT, name).name
            for operation in guarded.values()
            for name in operation.expected
        }
        reply = self.client.post(
            f"{_CONTACTS}/batch/read",
            {"properties": sorted(names), "inputs": [{"id": i} for i in sorted(guarded)]},
        )
        found = {
            str(item["id"]): mapping.values(ObjectType.CONTACT, item["properties"])
            for item in reply.body.get("results") or ()
        }
        receipts: dict[str, Receipt] = {}
        for identity, operation in guarded.items():
            if identity not in found:
                outcome, message = Outcome.GONE, "merged or deleted"
            elif any(found[identity].get(n) != v for n, v in operation.expected.items()):
                outcome, message = Outcome.CONFLICT, "edited meanwhile"
            else:
                continue
            key = operation.key
            receipts[key] = Receipt(key=key, outcome=outcome, message=message)
        return receipts

    def _goes_back(self, operation: Operation) -> bool:
        for change in operation.changes:
            if change.field == f.LIFECYCLE and isinstance(change.before, str):
                order = self._order()
                if change.before in order and change.after in order:
                    return order.index(change.before) > order.index(str(change.after))
        return False

    def _order(self) -> list[str]:
        """The portal's life-cycle stages from first to last."""
        if not self._stage_order:
            reply = self.client.get(f"/crm/v3/properties/contacts/{_LIFECYCLE}")
            options = reply.body.get("options") or ()
            ordered = sorted(options, key=lambda option: option.get("displayOrder") or 0)
            self._stage_order = [option["value"] for option in ordered]
        return self._stage_order

    def _create(self, operations: list[Operation]) -> Iterable[Receipt]:
        """Upsert on our own unique property; an e-mail that is taken names the contact."""
        rows = [
            {
                "id": str(operation.values[f.UID]),
                "idProperty": mapping.UID_PROPERTY,
                "properties": _properties(operation),
            }
            for operation in operations
        ]
        try:
            answers = self._batch("upsert", rows, by=mapping.UID_PROPERTY)
        except RejectedRecord:
            if len(operations) > 1:
                raise
            return [self._adopt(operations[0])]
        return [
            _created(operation, answers[str(operation.values[f.UID])])
            if str(operation.values[f.UID]) in answers
            else Receipt(key=operation.key, outcome=Outcome.GONE, message="not answered")
            for operation in operations
        ]

    def _adopt(self, operation: Operation) -> Receipt:
        """Write to the contact that has the address already: the address proves the person."""
        address = operation.values.get(f.EMAIL)
        reply = self.client.post(
            f"{_CONTACTS}/batch/read",
            {"idProperty": "email", "properties": ["email"], "inputs": [{"id": address}]},
        )
        found = list(reply.body.get("results") or ())
        properties = _properties(operation)
        if found:
            properties = {n: v for n, v in properties.items() if n.startswith(mapping.PREFIX)}
            target = mapping.ref(ObjectType.CONTACT, str(found[0]["id"]))
            answers = self._batch("update", [_row(target, properties)])
            return _created(operation, answers[target.id])
        answers = self._batch(
            "upsert",
            [
                {
                    "id": str(operation.values[f.UID]),
                    "idProperty": mapping.UID_PROPERTY,
                    "properties": properties,
                }
            ],
            by=mapping.UID_PROPERTY,
        )
        return _created(operation, answers[str(operation.values[f.UID])])

    def _opt_out(self, operations: list[Operation]) -> Iterable[Receipt]:
        """The subscription API, one address a call; unsubscribing twice is once."""
        for operation in operations:
            address = quote(str(operation.values[f.EMAIL]), safe="")
            path = f"/communication-preferences/v4/statuses/{address}/unsubscribe-all?channel=EMAIL"
            try:
                self.client.post(path, {})
            except RetryableError as error:
                yield _retry(operation, error)
            except RejectedRecord as error:
                yield _park(operation, error)
            else:
                yield Receipt(
                    key=operation.key,
                    outcome=Outcome.DONE,
                    ref=operation.target,
                    held={f.OPTED_OUT: True},
                )

    def _opt_in(self, operations: list[Operation]) -> Iterable[Receipt]:
        """Never: only the person's own hand lifts an objection in HubSpot."""
        for operation in operations:
            yield Receipt(
                key=operation.key,
                outcome=Outcome.PARKED,
                message="hubspot: crmbridge never subscribes anyone",
                hint="the person subscribes again through HubSpot's preferences page",
            )

    def _members(self, operations: list[Operation]) -> Iterable[Receipt]:
        by_list: dict[str, list[Operation]] = {}
        for operation in operations:
            by_list.setdefault(str(operation.list_name), []).append(operation)
        for name, group in sorted(by_list.items()):
            identity = self._list_id(name)
            if identity is None:
                yield from (_no_list(operation, name) for operation in group)
                continue
            add = group[0].kind is OperationKind.ENROL
            ids = sorted({_id(operation) for operation in group})
            missing = change_members(self.client, identity, ids, add=add)
            for operation in group:
                gone = add and _id(operation) in missing
                yield Receipt(
                    key=operation.key,
                    outcome=Outcome.GONE if gone else Outcome.DONE,
                    ref=operation.target,
                    message="merged or deleted" if gone else "",
                )

    def _list_id(self, name: str) -> str | None:
        if name not in self._list_ids:
            self._list_ids = nurture_lists(self.client)
        return self._list_ids.get(name)

    def _batch(
        self, verb: str, rows: list[dict[str, Any]], by: str | None = None
    ) -> dict[str, dict[str, Any]]:
        """The answered objects by id (or by property ``by``); rows of a 207 that failed raise
        for a single row and are missing otherwise, for the caller to ask for again."""
        found: dict[str, dict[str, Any]] = {}
        reply = self.client.post(f"{_CONTACTS}/batch/{verb}", {"inputs": rows})
        for item in reply.body.get("results") or ():
            properties = item.get("properties") or {}
            found[str(properties.get(by) if by else item["id"])] = item
        errors = [
            e for e in reply.body.get("errors") or () if e.get("category") != "OBJECT_NOT_FOUND"
        ]
        if errors:
            category = str(errors[0].get("category") or "refused")
            raise RejectedRecord(f"hubspot refuses the record: {category}")
        return found


def _portions(operations: list[Operation]) -> Iterable[list[Operation]]:
    for begin in range(0, len(operations), _BATCH):
        yield operations[begin : begin + _BATCH]


def _id(operation: Operation) -> str:
    return operation.target.id if operation.target else ""


def _row(target: Ref | None, properties: dict[str, str]) -> dict[str, Any]:
    return {"id": target.id if target else "", "properties": properties}


def _properties(operation: Operation) -> dict[str, str]:
    """Property → text for every change."""
    return {
        mapping.property_of(ObjectType.CONTACT, change.field).name: mapping.write(change.after)
        for change in operation.changes
    }


def _held(operation: Operation, item: dict[str, Any]) -> dict[str, Value]:
    """What HubSpot says it holds now for the written fields; it answers changed ones only."""
    answered = mapping.values(ObjectType.CONTACT, item.get("properties") or {})
    return {
        name: answered[name]
        if name in answered
        else mapping.project(ObjectType.CONTACT, name, value)
        for name, value in operation.values.items()
    }


def _created(operation: Operation, item: dict[str, Any]) -> Receipt:
    return Receipt(
        key=operation.key,
        outcome=Outcome.DONE,
        ref=mapping.ref(ObjectType.CONTACT, str(item["id"])),
        held=_held(operation, item),
        modified_at=mapping.instant(str(item["updatedAt"])),
        created=bool(item.get("new")),
    )


def _retry(operation: Operation, error: RetryableError) -> Receipt:
    return Receipt(
        key=operation.key,
        outcome=Outcome.RETRY,
        message=error.message,
        retry_after=error.retry_after,
    )


def _park(operation: Operation, error: RejectedRecord) -> Receipt:
    return Receipt(
        key=operation.key, outcome=Outcome.PARKED, message=error.message, hint=error.hint
    )


def _no_list(operation: Operation, name: str) -> Receipt:
    return Receipt(
        key=operation.key,
        outcome=Outcome.PARKED,
        message=f"hubspot: there is no MANUAL list {name}",
        hint="run `crmbridge setup apply`",
    )
