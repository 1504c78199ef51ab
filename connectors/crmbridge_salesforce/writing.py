"""Writes operations in collections of rows and tells what came of each.

Values are absolute and creates are upserts, so everything here may be repeated: whatever is
in doubt is answered RETRY. Salesforce contract §5, §6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
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
from crmbridge_salesforce.owned import KEY_FIELD
from crmbridge_salesforce.person_accounts import FLAG, column_there
from crmbridge_salesforce.prechecks import Prechecker, Standing
from crmbridge_salesforce.receipts import row_refused, unanswered
from crmbridge_salesforce.records import SYSTEM
from crmbridge_salesforce.removing import remove
from crmbridge_salesforce.schema import OrgSchema
from crmbridge_salesforce.sending import ROWS, TOGETHER, Answer, Rows, Sender
from crmbridge_salesforce.settings import SalesforceSettings, SaveDuplicates
from crmbridge_salesforce.tasks import put_tasks, task_receipt, task_rows

BATCH: Final = ROWS * TOGETHER
"""What one call takes, and one look before it."""
_AUTO_ASSIGN: Final = "Sforce-Auto-Assign"
_SAVE: Final = {"Sforce-Duplicate-Rule-Header": "allowSave=true"}

_LAST: Final = frozenset({OperationKind.TASK, OperationKind.DELETE})

_Deliver = Callable[[Sequence[Operation]], list[Receipt]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Group:
    """Operations that are written alike, and what comes of each by the org's answer to its row."""

    operations: Sequence[Operation]
    rows: Rows
    receipt: Callable[[Operation, Answer], Receipt]


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
        rounds = [(partial(self._apply_round, batch), batch) for batch in _rounds(operations)]
        for write, batch in (*rounds, (partial(self._remove, operations), operations)):
            try:
                write(receipts)
            except (AuthError, ConfigError) as error:
                if not any(each.outcome is Outcome.DONE for each in receipts.values()):
                    raise
                _answer_all(operations, receipts, error)
            except RetryableError as error:
                _answer_all(batch, receipts, error)
        return [receipts[operation.key] for operation in operations]

    def _remove(self, operations: Sequence[Operation], receipts: dict[str, Receipt]) -> None:
        """What is to be deleted, after everything else that concerns it."""
        going: dict[ObjectType, list[Operation]] = {}
        for each in operations:
            if each.kind is OperationKind.DELETE and each.key not in receipts:
                going.setdefault(each.object_type, []).append(each)
        for group in going.values():
            for start in range(0, len(group), ROWS):
                deliver = partial(remove, self._client, self._layout)
                _note(receipts, _bisecting(group[start : start + ROWS], deliver))

    def _apply_round(self, batch: Sequence[Operation], receipts: dict[str, Receipt]) -> None:
        records = [each for each in batch if each.kind is not OperationKind.TASK]
        fit: list[Operation] = []
        for operation in records:
            refused = problem(self._layout, operation) or strange_choice(
                self._layout, self._schema, operation
            )
            if refused is None:
                fit.append(operation)
            else:
                receipts[operation.key] = _parked(operation, refused)
        self._send_in_bulk(fit, receipts)
        rest = [operation for operation in batch if operation.key not in receipts]
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
        records = [each for each in batch if each.kind is not OperationKind.TASK]
        try:
            standing = self._prechecker.check(records)
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
        open_ = [operation for operation in records if operation.key not in receipts]
        groups = self._groups(open_, standing)
        tasks = [each for each in batch if each.kind is OperationKind.TASK]
        at_once = bool(tasks) and self._schema().is_external("Task", KEY_FIELD)
        if at_once:
            groups.append(_Group(operations=tasks, rows=task_rows(tasks), receipt=task_receipt))
        answers = self._sender.send(*(group.rows for group in groups))
        for group, found in zip(groups, answers, strict=True):
            _note(receipts, map(group.receipt, group.operations, found))
        for answer in (each for found in answers for each in found):
            if isinstance(answer, AuthError | ConfigError):
                raise answer
        if not at_once:
            _note(receipts, _bisecting(tasks, partial(put_tasks, self._client, self._sender)))

    def _groups(self, operations: Sequence[Operation], standing: Standing) -> list[_Group]:
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
        groups = [self._updates(updates, standing)] if updates else []
        return [*groups, *(self._creates(*named, group) for named, group in creates.items())]

    def _updates(self, operations: Sequence[Operation], standing: Standing) -> _Group:
        # By default an update is not refused because the record has had a duplicate for long.
        headers = {_AUTO_ASSIGN: "FALSE"}
        if self._save is not SaveDuplicates.NEVER:
            headers |= _SAVE

        def target(operation: Operation) -> Ref | None:
            return standing.existing.get(operation.key) or operation.target

        def receipt(operation: Operation, answer: Answer) -> Receipt:
            written = target(operation)
            return self._receipt(operation, answer, written, _values(operation, written))

        rows = [self._row(each, target(each), standing.persons) for each in operations]
        return _Group(
            operations=operations,
            rows=Rows(method="PATCH", rows=rows, headers=headers),
            receipt=receipt,
        )

    def _creates(
        self, object_type: ObjectType, header: str, operations: Sequence[Operation]
    ) -> _Group:
        headers = {_AUTO_ASSIGN: header}
        if self._save is SaveDuplicates.ALWAYS:
            headers |= _SAVE

        def receipt(operation: Operation, answer: Answer) -> Receipt:
            return self._receipt(operation, answer, _born(object_type, answer), operation.values)

        rows = [{**self._row(each), **self._born_as(object_type)} for each in operations]
        key = f"/{key_column(SOBJECTS[object_type])}"
        return _Group(
            operations=operations,
            rows=Rows(method="PATCH", rows=rows, key=key, headers=headers),
            receipt=receipt,
        )

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


def _note(receipts: dict[str, Receipt], found: Iterable[Receipt]) -> None:
    receipts |= {receipt.key: receipt for receipt in found}


def _bisecting(batch: Sequence[Operation], deliver: _Deliver) -> list[Receipt]:
    """Where what goes before the rows themselves is refused as a whole, halve it until only the
    culprit is left."""
    if not batch:
        return []
    try:
        return deliver(batch)
    except RetryableError as error:
        return [unanswered(operation, error) for operation in batch]
    except RejectedRecord as error:
        if len(batch) == 1:
            return [unanswered(batch[0], error)]
        return [receipt for half in _halves(batch) for receipt in _bisecting(half, deliver)]


def _rounds(operations: Sequence[Operation]) -> list[list[Operation]]:
    """What is written, in order, no record twice in one round: one call refuses that. Tasks go
    last: they speak of what was written before."""
    rounds: list[list[Operation]] = []
    times: dict[str, int] = {}
    for operation in operations:
        if operation.kind in _LAST:
            continue
        name = str(operation.target) if operation.target else f"uid:{operation.uid}"
        number = times.get(name, 0)
        times[name] = number + 1
        if number == len(rounds):
            rounds.append([])
        rounds[number].append(operation)
    tasks = [each for each in operations if each.kind is OperationKind.TASK]
    return [*rounds[:-1], [*(rounds[-1] if rounds else ()), *tasks]]


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
