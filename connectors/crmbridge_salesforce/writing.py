"""Writes operations in collections of rows and tells what came of each.

Values are absolute and creates are upserts, so everything here may be repeated: whatever is
in doubt is answered RETRY. Salesforce contract §5, §6.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from crmbridge.core import fields as f
from crmbridge.core.handoff_rules import Assignment
from crmbridge.core.model import ObjectType, Ref, Value
from crmbridge.core.operations import Operation, OperationKind, Outcome, Receipt
from crmbridge.errors import (
    AuthError,
    ConfigError,
    CrmBridgeError,
    RejectedRecord,
    RetryableError,
)
from crmbridge_salesforce.admissible import problem, strange_choice
from crmbridge_salesforce.bulk import fits, update_rows
from crmbridge_salesforce.client import SalesforceClient
from crmbridge_salesforce.errors import ROW_OUTCOMES, row_refusal
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.mapping import SOBJECTS, key_column, to_vendor
from crmbridge_salesforce.person_accounts import FLAG, column_there
from crmbridge_salesforce.prechecks import Prechecker, Standing
from crmbridge_salesforce.receipts import row_refused, unanswered
from crmbridge_salesforce.records import SYSTEM
from crmbridge_salesforce.removing import remove
from crmbridge_salesforce.schema import OrgSchema
from crmbridge_salesforce.sending import ROWS, TOGETHER, Answer, Rows, Sender
from crmbridge_salesforce.settings import SalesforceSettings, SaveDuplicates
from crmbridge_salesforce.tasks import put_tasks

BATCH: Final = ROWS * TOGETHER
"""What one call takes, and one look before it."""
_AUTO_ASSIGN: Final = "Sforce-Auto-Assign"
_SAVE: Final = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}

_LAST: Final = frozenset({OperationKind.TASK, OperationKind.DELETE})

_Deliver = Callable[[Sequence[Operation]], list[Receipt]]


class Writer:
    """Applies operations; one receipt each, in order."""

    def __init__(
        self,
        client: SalesforceClient,
        schema: Callable[[], OrgSchema],
        layout: Layout,
        settings: SalesforceSettings,
    ) -> None:
        self._client = client
        self._schema = schema
        self._layout = layout
        self._save = settings.save_duplicates
        self._bulk_from = settings.bulk_from
        self._prechecker = Prechecker(client, schema, layout)
        self._sender = Sender(client, settings.read_timeout)

    def apply(self, operations: Sequence[Operation]) -> list[Receipt]:
        """Write everything. Raises ``AuthError`` or ``ConfigError`` only while nothing has
        been written yet; later they leave the rest to be tried again."""
        receipts: dict[str, Receipt] = {}
        records = [each for each in operations if each.kind not in _LAST]
        for batch in _rounds(records):
            try:
                self._apply_round(batch, receipts)
            except (AuthError, ConfigError) as error:
                if not any(each.outcome is Outcome.DONE for each in receipts.values()):
                    raise
                _answer_all(operations, receipts, error)
            except RetryableError as error:
                _answer_all(batch, receipts, error)
        self._put_tasks(operations, receipts)
        self._remove(operations, receipts)
        return [receipts[operation.key] for operation in operations]

    def _put_tasks(self, operations: Sequence[Operation], receipts: dict[str, Receipt]) -> None:
        """Tasks go last: they speak of what was written before."""
        tasks = [
            each
            for each in operations
            if each.kind is OperationKind.TASK and each.key not in receipts
        ]
        deliver = partial(put_tasks, self._client, self._sender, self._schema)
        self._send(tasks, deliver, receipts)

    def _remove(self, operations: Sequence[Operation], receipts: dict[str, Receipt]) -> None:
        """What is to be deleted, after everything else that concerns it."""
        going: dict[ObjectType, list[Operation]] = {}
        for each in operations:
            if each.kind is OperationKind.DELETE and each.key not in receipts:
                going.setdefault(each.object_type, []).append(each)
        for group in going.values():
            self._send(group, partial(remove, self._client, self._layout), receipts, ROWS)

    def _apply_round(self, batch: Sequence[Operation], receipts: dict[str, Receipt]) -> None:
        fit: list[Operation] = []
        for operation in batch:
            refused = problem(self._layout, operation) or strange_choice(
                self._layout, self._schema, operation
            )
            if refused is None:
                fit.append(operation)
            else:
                receipts[operation.key] = _parked(operation, refused)
        self._send_in_bulk(fit, receipts)
        rest = [operation for operation in fit if operation.key not in receipts]
        for start in range(0, len(rest), BATCH):
            self._check_and_send(rest[start : start + BATCH], receipts)

    def _send_in_bulk(self, batch: Sequence[Operation], receipts: dict[str, Receipt]) -> None:
        """Updates that rely on nothing, where there are very many; what the job did not write
        is left to go by collections."""
        if self._bulk_from is None or len(batch) < self._bulk_from:
            return
        by_object: dict[ObjectType, list[tuple[Operation, dict[str, Any]]]] = {}
        for each in batch:
            plain = each.kind is not OperationKind.CREATE and not each.expected
            if plain and fits(row := self._row(each, each.target)):
                by_object.setdefault(each.object_type, []).append((each, row))
        for object_type, pairs in by_object.items():
            if len(pairs) < self._bulk_from or self._schema().has(SOBJECTS[object_type], FLAG):
                continue
            rows = [row for _, row in pairs]
            written = update_rows(self._client, SOBJECTS[object_type], rows)
            for operation, row in pairs:
                if row["id"] in written:
                    receipts[operation.key] = self._done(
                        operation, operation.target, operation.values
                    )

    def _check_and_send(self, batch: Sequence[Operation], receipts: dict[str, Receipt]) -> None:
        try:
            standing = self._prechecker.check(batch)
        except RejectedRecord as error:
            if len(batch) == 1:
                _answer_all(batch, receipts, error)
                return
            for half in _halves(batch):
                self._check_and_send(half, receipts)
            return
        except RetryableError as error:
            _answer_all(batch, receipts, error)
            return
        for receipt in standing.settled:
            receipts[receipt.key] = receipt
        open_ = [operation for operation in batch if operation.key not in receipts]
        for group, send in self._groups(open_, standing):
            self._send(group, send, receipts)

    def _send(
        self,
        operations: Sequence[Operation],
        send: _Deliver,
        receipts: dict[str, Receipt],
        at_once: int = BATCH,
    ) -> None:
        for start in range(0, len(operations), at_once):
            for receipt in self._send_bisecting(operations[start : start + at_once], send):
                receipts[receipt.key] = receipt

    def _groups(
        self, operations: Sequence[Operation], standing: Standing
    ) -> list[tuple[list[Operation], _Deliver]]:
        """Updates together, creates by object and assignment header."""
        updates: list[Operation] = []
        creates: dict[tuple[ObjectType, str], list[Operation]] = {}
        for operation in operations:
            # Over a record that exists an upsert would run the assignment rule again.
            if operation.kind is OperationKind.CREATE and operation.key not in standing.existing:
                header = _assignment_header(operation)
                creates.setdefault((operation.object_type, header), []).append(operation)
            else:
                updates.append(operation)
        # One call takes ten changes of object at most.
        updates.sort(
            key=lambda each: (
                each.object_type,
                each.target is not None and each.target.id in standing.persons,
            )
        )

        def update(batch: Sequence[Operation]) -> list[Receipt]:
            return self._update(batch, standing)

        groups: list[tuple[list[Operation], _Deliver]] = [(updates, update)] if updates else []
        for (object_type, header), group in creates.items():
            groups.append((group, _creating(self._create, object_type, header)))
        return groups

    def _send_bisecting(self, batch: Sequence[Operation], send: _Deliver) -> list[Receipt]:
        """Where what goes before the rows themselves is refused as a whole, halve it until only
        the culprit is left."""
        try:
            return send(batch)
        except RetryableError as error:
            return [unanswered(operation, error) for operation in batch]
        except RejectedRecord as error:
            if len(batch) == 1:
                return [unanswered(batch[0], error)]
            return [
                receipt for half in _halves(batch) for receipt in self._send_bisecting(half, send)
            ]

    def _update(self, batch: Sequence[Operation], standing: Standing) -> list[Receipt]:
        targets = [standing.existing.get(each.key) or each.target for each in batch]
        rows = [
            self._row(operation, target, standing.persons)
            for operation, target in zip(batch, targets, strict=True)
        ]
        # By default an update is not refused because the record has had a duplicate for long.
        headers = {_AUTO_ASSIGN: "FALSE"}
        if self._save is not SaveDuplicates.NEVER:
            headers |= _SAVE
        answers = self._sender.send(Rows(method="PATCH", rows=rows, headers=headers))
        return [
            self._receipt(operation, answer, target, _values(operation, target))
            for operation, answer, target in zip(batch, answers, targets, strict=True)
        ]

    def _create(
        self, object_type: ObjectType, header: str, batch: Sequence[Operation]
    ) -> list[Receipt]:
        sobject = SOBJECTS[object_type]
        headers = {_AUTO_ASSIGN: header}
        if self._save is SaveDuplicates.ALWAYS:
            headers |= _SAVE
        rows = [{**self._row(operation), **self._born_as(object_type)} for operation in batch]
        key = f"/{key_column(sobject)}"
        answers = self._sender.send(Rows(method="PATCH", rows=rows, key=key, headers=headers))
        return [
            self._receipt(operation, answer, _born(object_type, answer), operation.values)
            for operation, answer in zip(batch, answers, strict=True)
        ]

    def _born_as(self, object_type: ObjectType) -> dict[str, str]:
        """The record type of a new record, where the settings name one."""
        record_type = self._schema().lead_record_type
        if record_type is None or object_type is not ObjectType.LEAD:
            return {}
        return {"RecordTypeId": record_type}

    def _row(
        self,
        operation: Operation,
        target: Ref | None = None,
        persons: Mapping[str, str] = MappingProxyType({}),
    ) -> dict[str, Any]:
        person = persons.get(target.id) if target is not None else None
        sobject = SOBJECTS[ObjectType.ACCOUNT if person else operation.object_type]
        row: dict[str, Any] = {"attributes": {"type": sobject}}
        if target is not None:
            row["id"] = person or target.id
        for name, value in _values(operation, target).items():
            column = self._layout.column_of(operation.object_type, name)
            if column is not None:
                held = self._layout.project(operation.object_type, name, value)
                row[column_there(column.name) if person else column.name] = to_vendor(column, held)
        return row

    def _done(
        self,
        operation: Operation,
        ref: Ref | None,
        values: Mapping[str, Value],
        *,
        created: bool = False,
    ) -> Receipt:
        held = {
            name: self._layout.project(operation.object_type, name, value)
            for name, value in values.items()
        }
        return Receipt(key=operation.key, outcome=Outcome.DONE, ref=ref, held=held, created=created)

    def _receipt(
        self,
        operation: Operation,
        answer: Answer,
        ref: Ref | None,
        values: Mapping[str, Value],
    ) -> Receipt:
        if isinstance(answer, CrmBridgeError):
            return unanswered(operation, answer)
        if answer["success"]:
            return self._done(operation, ref, values, created=bool(answer.get("created")))
        refusal = row_refusal(answer["errors"])
        outcome = ROW_OUTCOMES[refusal.rule.then]
        if outcome is Outcome.GONE and operation.target is None:
            # Nothing to read again: the record that holds our key cannot be written.
            outcome = Outcome.PARKED
        return row_refused(operation, refusal, outcome, ref)


def _born(object_type: ObjectType, answer: Answer) -> Ref | None:
    """The record that a row of a create has become."""
    made = answer.get("id") if isinstance(answer, Mapping) else None
    return Ref(system=SYSTEM, object_type=object_type, id=str(made)) if made else None


def _halves(batch: Sequence[Operation]) -> tuple[Sequence[Operation], Sequence[Operation]]:
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]


def _creating(
    create: Callable[[ObjectType, str, Sequence[Operation]], list[Receipt]],
    object_type: ObjectType,
    header: str,
) -> _Deliver:
    return lambda batch: create(object_type, header, batch)


def _rounds(operations: Sequence[Operation]) -> list[list[Operation]]:
    """The operations in order, no record twice in one round: one call refuses that."""
    rounds: list[list[Operation]] = []
    times: dict[str, int] = {}
    for operation in operations:
        name = str(operation.target) if operation.target else f"uid:{operation.uid}"
        number = times.get(name, 0)
        times[name] = number + 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(operation)
    return rounds


def _assignment_header(operation: Operation) -> str:
    """Who gets the new lead: the active rule, a named one, or the owner in the changes."""
    match operation.assignment:
        case Assignment.RULE:
            return "TRUE"
        case Assignment.RULE_ID if operation.assignment_rule_id:
            return operation.assignment_rule_id
        case _:
            return "FALSE"


def _values(operation: Operation, target: Ref | None) -> dict[str, Value]:
    """What to write; a create that turns out to be done leaves the owner it got since."""
    values = operation.values
    if operation.kind is OperationKind.CREATE and target is not None:
        values.pop(f.OWNER_ID, None)
    return values


def _parked(operation: Operation, message: str) -> Receipt:
    return Receipt(key=operation.key, outcome=Outcome.PARKED, ref=operation.target, message=message)


def _answer_all(
    operations: Sequence[Operation], receipts: dict[str, Receipt], error: CrmBridgeError
) -> None:
    for operation in operations:
        receipts.setdefault(operation.key, unanswered(operation, error))
