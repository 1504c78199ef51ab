"""What would take a write back, and what cannot be taken back: a pure comparison of what a CRM
acknowledged with what it shows now.

Only our own value is ever replaced: what people changed since stays theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.core import fields as f
from crmbridge.core.facts import Fact, OwnedDetail, StatusDetail
from crmbridge.core.intentions import key_of
from crmbridge.core.model import ObjectType, Record, Ref, Side, Value
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind

_LISTED = frozenset({OperationKind.ENROL, OperationKind.WITHDRAW})
_CONSENT = frozenset({OperationKind.OPT_OUT, OperationKind.OPT_IN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Write:
    """An operation that a CRM acknowledged at ``at``, or may have done since.

    ``ref`` is the record written, ``held`` what it held then; ``created`` whether it came into
    being by it.
    """

    operation: Operation
    at: datetime
    ref: Ref
    held: Mapping[str, Value] = field(default_factory=dict)
    created: bool = False

    def __post_init__(self) -> None:
        if not self.held:
            object.__setattr__(self, "held", self.operation.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One person's writes that are to be taken back, oldest first, those made ``later``, and what
    both CRMs show now. ``facts`` are about these records; ``ours`` are our own user ids."""

    uid: str
    writes: Sequence[Write]
    later: Sequence[Write]
    records: Mapping[Ref, Record]
    members: Mapping[Ref, frozenset[str]]
    facts: Sequence[Fact] = ()
    ours: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Something that stays as it is, ``what`` on which record, and why in one sentence."""

    uid: str
    ref: Ref
    what: str
    why: str


@dataclass(slots=True, kw_only=True)
class Undo:
    """What takes writes back; each of ``operations`` rests on our value still being there."""

    operations: list[Operation] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


def undo(past: Past, reason: str, now: datetime) -> Undo:
    """What takes the person's writes back as of ``now``; what is as it was before needs nothing.

    ``reason`` stands in the journal beside each.
    """
    return _Undoing(past, reason, now).run()


class _Undoing:
    def __init__(self, past: Past, reason: str, now: datetime) -> None:
        self._past, self._reason, self._now = past, reason, now
        self._made = Undo()

    def run(self) -> Undo:
        for ref, writes in _by_record(self._past.writes).items():
            made = [each for each in writes if each.operation.kind is OperationKind.CREATE]
            if ref.object_type is ObjectType.ACTIVITY:
                self._untask(ref, writes)
            elif made:
                self._uncreate(ref, made[0], writes)
            else:
                self._restore(ref, writes)
                self._relist(ref, writes)
            for each in writes:
                if each.operation.kind in _CONSENT:
                    self._keep(ref, f.OPTED_OUT, "an objection stays said, and so does its end")
        return self._made

    def _untask(self, ref: Ref, writes: Sequence[Write]) -> None:
        task = writes[-1]
        key = task.operation.values[f.TASK_KEY]
        self._add(
            task.operation.side,
            OperationKind.DELETE,
            ref,
            changes=(FieldChange(field=f.TASK_KEY, before=key, after=None, reason=self._reason),),
        )

    def _uncreate(self, ref: Ref, made: Write, writes: Sequence[Write]) -> None:
        """Delete what came into being, where nobody has made it theirs."""
        why = self._why_gone(ref) or self._why_theirs(ref, made, writes)
        if why:
            self._keep(ref, str(ref.object_type), why)
            return
        ours = self._last(ref, writes)
        self._add(made.operation.side, OperationKind.DELETE, ref, expected=ours)

    def _why_theirs(self, ref: Ref, made: Write, writes: Sequence[Write]) -> str:
        if not made.created:
            return "the record may have been there before"
        shown = self._past.records[ref].fields
        for name, value in self._last(ref, writes).items():
            if shown.get(name) != value:
                return f"{name} was edited since"
        if any(fact.ref == ref and self._is_theirs(fact) for fact in self._past.facts):
            return "somebody has worked with it since"
        return ""

    def _last(self, ref: Ref, writes: Sequence[Write]) -> dict[str, Value]:
        """What we wrote last into each field; the owner may come of an assignment rule."""
        held: dict[str, Value] = {}
        for each in (*writes, *self._past.later):
            if each.ref == ref and each.operation.kind not in _LISTED:
                held |= each.held
        return held

    def _is_theirs(self, fact: Fact) -> bool:
        if isinstance(fact.detail, OwnedDetail | StatusDetail):
            return fact.detail.by not in ("", *self._past.ours)
        return True

    def _restore(self, ref: Ref, writes: Sequence[Write]) -> None:
        before: dict[str, Value] = {}
        after: dict[str, Value] = {}
        for each in writes:
            if each.operation.kind is not OperationKind.UPDATE:
                continue
            for change in each.operation.changes:
                before.setdefault(change.field, change.before)
                after[change.field] = each.held.get(change.field, change.after)
        if not before:
            return
        gone = self._why_gone(ref)
        if gone:
            self._keep(ref, ", ".join(before), gone)
            return
        shown = self._past.records[ref].fields
        again = self._again(ref)
        changes: list[FieldChange] = []
        for name, value in before.items():
            held = shown.get(name)
            if held == value:
                continue
            if name in again:
                self._keep(ref, name, f"crmbridge wrote it again at {again[name]:%Y-%m-%d %H:%M}")
            elif held != after[name]:
                self._keep(ref, name, "edited since")
            else:
                changes.append(
                    FieldChange(field=name, before=held, after=value, reason=self._reason)
                )
        if changes:
            self._add(
                writes[0].operation.side,
                OperationKind.UPDATE,
                ref,
                changes=tuple(changes),
                expected={change.field: change.before for change in changes},
            )

    def _again(self, ref: Ref) -> dict[str, datetime]:
        """Which fields we wrote again later, and when."""
        return {
            change.field: each.at
            for each in self._past.later
            if each.ref == ref and each.operation.kind is OperationKind.UPDATE
            for change in each.operation.changes
        }

    def _relist(self, ref: Ref, writes: Sequence[Write]) -> None:
        was: dict[str, bool] = {}
        for each in writes:
            name = each.operation.list_name
            if each.operation.kind in _LISTED and name is not None:
                was.setdefault(name, _was_member(each.operation))
        again = {each.operation.list_name for each in self._past.later if each.ref == ref}
        now_on = self._past.members.get(ref, frozenset())
        for name, before in was.items():
            if before == (name in now_on):
                continue
            gone = self._why_gone(ref)
            if gone or name in again:
                self._keep(ref, name, gone or "crmbridge changed the membership again since")
                continue
            kind = OperationKind.ENROL if before else OperationKind.WITHDRAW
            self._add(Side.MARKETING, kind, ref, list_name=name)

    def _why_gone(self, ref: Ref) -> str:
        record = self._past.records.get(ref)
        if record is None or record.deleted:
            return "the record was deleted since"
        if record.merged_into is not None:
            return "the record was merged into another since"
        if record.fields.get(f.CONVERTED):
            return "the lead was converted since"
        return ""

    def _keep(self, ref: Ref, what: str, why: str) -> None:
        self._made.kept.append(Kept(uid=self._past.uid, ref=ref, what=what, why=why))

    def _add(
        self,
        side: Side,
        kind: OperationKind,
        ref: Ref,
        *,
        changes: tuple[FieldChange, ...] = (),
        expected: Mapping[str, Value] | None = None,
        list_name: str | None = None,
    ) -> None:
        uid = self._past.uid
        self._made.operations.append(
            Operation(
                key=key_of(uid, self._now, kind, side, str(ref), list_name, changes),
                uid=uid,
                kind=kind,
                side=side,
                object_type=ref.object_type,
                target=ref,
                lane=Lane.UNDO,
                reason=self._reason,
                changes=changes,
                expected=expected or {},
                list_name=list_name,
            )
        )


def _by_record(writes: Iterable[Write]) -> dict[Ref, list[Write]]:
    found: dict[Ref, list[Write]] = {}
    for each in writes:
        found.setdefault(each.ref, []).append(each)
    return found


def _was_member(operation: Operation) -> bool:
    """Whether the contact was on the list before: what the decision saw, else the contrary."""
    seen: Iterator[Value] = (
        change.before for change in operation.changes if change.field == f.MEMBERS
    )
    return bool(next(seen, operation.kind is OperationKind.WITHDRAW))
