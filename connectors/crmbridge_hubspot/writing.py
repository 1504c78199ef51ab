"""Writing operations in batches, one receipt each. HubSpot contract §4, §7, §12, §13."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import quote

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref, Value
from crmbridge.core.operations import Operation, OperationKind, Outcome, Receipt
from crmbridge.errors import RejectedRecord, RetryableError
from crmbridge_hubspot import mapping
from crmbridge_hubspot import receipts as receipts_of
from crmbridge_hubspot.batches import CONTACTS, Answers, write_batch
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.lists import CHUNK, NurtureLists, change_members
from crmbridge_hubspot.removing import remove
from crmbridge_hubspot.tasks import put_tasks

_BATCH = 100
_LIFECYCLE = "lifecyclestage"


@dataclass(slots=True, kw_only=True)
class Writer:
    """Writes to one portal; caches the order of life-cycle stages."""

    client: HubSpotClient
    lists: NurtureLists
    _stage_order: list[str] = field(default_factory=list)

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
            (OperationKind.DELETE, partial(remove, self.client)),
        )
        for kind, write in steps:
            own = [operation for operation in operations if operation.kind is kind]
            for portion in _portions(kind, own):
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
            return [receipts_of.retry(operation, error) for operation in operations]
        except RejectedRecord as error:
            if len(operations) == 1:
                return [receipts_of.park(operations[0], error)]
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
        # HubSpot ignores an earlier stage unless the stage was cleared by a request of its own
        # before, and may say nothing of it. HubSpot contract §7.
        cleared = write_batch(
            self.client, "update", [_row(o.target, {_LIFECYCLE: ""}) for o in backwards]
        )
        for number, refusal in cleared.errors.items():
            stale[backwards[number].key] = receipts_of.failed(backwards[number], refusal)
        going = [operation for operation in going if operation.key not in stale]
        answers = write_batch(
            self.client, "update", [_row(o.target, _properties(o)) for o in going]
        )
        self._put_back(
            [
                operation
                for number, operation in enumerate(going)
                if operation in backwards and isinstance(answers.errors.get(number), RejectedRecord)
            ]
        )
        shown = self._read([_id(o) for o in backwards if o.key not in stale], (_LIFECYCLE,))
        receipts = dict(stale)
        for number, operation in enumerate(going):
            receipts[operation.key] = (
                receipts_of.failed(operation, error)
                if (error := answers.errors.get(number))
                else self._updated(operation, answers.items.get(number), shown)
            )
        return [receipts[operation.key] for operation in operations]

    def _put_back(self, refused: list[Operation]) -> None:
        """Undo the clearing for rows that wait for a person now: no contact stays without a
        stage meanwhile."""
        before = [
            _row(operation.target, {_LIFECYCLE: mapping.write(change.before)})
            for operation in refused
            for change in operation.changes
            if change.field == f.LIFECYCLE
        ]
        write_batch(self.client, "update", before)

    def _updated(
        self,
        operation: Operation,
        item: dict[str, Any] | None,
        shown: Mapping[str, Mapping[str, Value]],
    ) -> Receipt:
        """``shown`` is what was read back where the answer may not be trusted, by id."""
        if item is None:
            return receipts_of.gone(operation)
        held = {**receipts_of.held(operation, item), **shown.get(_id(operation), {})}
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

    def _read(self, ids: Sequence[str], names: Collection[str]) -> dict[str, dict[str, Value]]:
        """Id → the canonical values of these properties now; no call for none."""
        if not ids:
            return {}
        reply = self.client.post(
            f"{CONTACTS}/batch/read",
            {"properties": sorted(names), "inputs": [{"id": i} for i in sorted(ids)]},
        )
        wanted = {row.field for row in mapping.CONTACT if row.name in names}
        return {
            str(item["id"]): {
                name: value
                for name, value in mapping.values(ObjectType.CONTACT, item["properties"]).items()
                if name in wanted
            }
            for item in reply.body.get("results") or ()
        }

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
        found = self._read(list(guarded), names)
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
                order = self._order({change.before, str(change.after)})
                if change.before in order and change.after in order:
                    return order.index(change.before) > order.index(str(change.after))
        return False

    def _order(self, needed: Collection[str]) -> list[str]:
        """The portal's life-cycle stages from first to last; asked for again where one that is
        ``needed`` is new."""
        if not set(needed) <= set(self._stage_order):
            reply = self.client.get(f"/crm/v3/properties/contacts/{_LIFECYCLE}")
            options = reply.body.get("options") or ()
            ordered = sorted(options, key=lambda option: option.get("displayOrder") or 0)
            self._stage_order = [option["value"] for option in ordered]
        return self._stage_order

    def _create(self, operations: list[Operation]) -> Iterable[Receipt]:
        """Upsert on our own unique property; an e-mail that is taken names the contact."""
        answers = self._upsert(operations)
        for number, operation in enumerate(operations):
            error, item = answers.errors.get(number), answers.items.get(number)
            if isinstance(error, RejectedRecord):
                yield self._adopt(operation, error)
            elif error is not None:
                yield receipts_of.failed(operation, error)
            else:
                yield receipts_of.created(operation, item) if item else receipts_of.gone(operation)

    def _upsert(self, operations: list[Operation]) -> Answers:
        rows = [
            {
                "id": str(operation.values[f.UID]),
                "idProperty": mapping.UID_PROPERTY,
                "properties": _properties(operation),
            }
            for operation in operations
        ]
        return write_batch(self.client, "upsert", rows, key=mapping.UID_PROPERTY)

    def _adopt(self, operation: Operation, error: RejectedRecord) -> Receipt:
        """Write to the contact that has the address already: the address proves the person. One
        that is somebody's by our own field has it beside its main one, as after a merge: then two
        people share it, and people must say whether they are one."""
        address = operation.values.get(f.EMAIL)
        reply = self.client.post(
            f"{CONTACTS}/batch/read",
            {
                "idProperty": "email",
                "properties": ["email", mapping.UID_PROPERTY],
                "inputs": [{"id": address}],
            },
        )
        found = list(reply.body.get("results") or ())
        if not found:
            return receipts_of.park(operation, error)
        holder = found[0]["properties"].get(mapping.UID_PROPERTY)
        if holder and holder != operation.values[f.UID]:
            return Receipt(
                key=operation.key,
                outcome=Outcome.PARKED,
                message=f"hubspot: the address is one of contact {found[0]['id']}'s, who is "
                "somebody else",
                hint="one person? give the sales record the contact's main address, and answer the "
                "question that follows; two? correct the address of either",
            )
        ours = {n: v for n, v in _properties(operation).items() if n.startswith(mapping.PREFIX)}
        target = mapping.ref(ObjectType.CONTACT, str(found[0]["id"]))
        answers = write_batch(self.client, "update", [_row(target, ours)])
        if refused := answers.errors.get(0):
            return receipts_of.failed(operation, refused)
        item = answers.items.get(0)
        return receipts_of.created(operation, item) if item else receipts_of.gone(operation)

    def _opt_out(self, operations: list[Operation]) -> Iterable[Receipt]:
        """The subscription API, one address a call; unsubscribing twice is once."""
        for operation in operations:
            address = quote(str(operation.values[f.EMAIL]), safe="")
            path = f"/communication-preferences/v4/statuses/{address}/unsubscribe-all?channel=EMAIL"
            try:
                self.client.post(path, {})
            except RetryableError as error:
                yield receipts_of.retry(operation, error)
            except RejectedRecord as error:
                yield receipts_of.park(operation, error)
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
        """One list's members, one call."""
        name = str(operations[0].list_name)
        add = operations[0].kind is OperationKind.ENROL
        identity = self.lists.id_of(name)
        if identity is None:
            # From a list that is no more nobody has to be taken.
            return [
                receipts_of.no_list(o, name) if add else receipts_of.member(o) for o in operations
            ]
        ids = sorted({_id(operation) for operation in operations})
        try:
            unknown = change_members(self.client, identity, ids, add=add)
        except RejectedRecord:
            # Deleted and made anew the list has another id.
            if self.lists.look().get(name) == identity:
                raise
            return self._members(operations)
        # Who is not there is on no list either.
        missing = unknown if add else frozenset()
        return [
            receipts_of.gone(operation)
            if _id(operation) in missing
            else receipts_of.member(operation)
            for operation in operations
        ]


def _portions(kind: OperationKind, operations: list[Operation]) -> Iterable[list[Operation]]:
    """What one call takes: rows of a batch, or the members of one list."""
    groups: dict[str, list[Operation]] = {}
    for operation in operations:
        groups.setdefault(operation.list_name or "", []).append(operation)
    size = CHUNK if kind in (OperationKind.ENROL, OperationKind.WITHDRAW) else _BATCH
    for _, group in sorted(groups.items()):
        for begin in range(0, len(group), size):
            yield group[begin : begin + size]


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
