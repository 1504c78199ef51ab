"""What takes a write back, and what stays because it is somebody else's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.core import fields as f
from crmbridge.core.facts import (
    Channel,
    Detail,
    Fact,
    FactKind,
    OwnedDetail,
    StatusDetail,
    TouchDetail,
)
from crmbridge.core.model import ObjectType, Record, Ref, Side, Value
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind
from crmbridge.core.undoing import Past, Undo, Write, undo

T = datetime(2026, 6, 9, 8, tzinfo=UTC)
LATER = T + timedelta(hours=1)
LEAD = Ref(system="salesforce", object_type=ObjectType.LEAD, id="00Q1")
CONTACT = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="1")
TASK = Ref(system="salesforce", object_type=ObjectType.ACTIVITY, id="00T1")


def write(
    kind: OperationKind,
    ref: Ref,
    *changes: tuple[str, Value, Value],
    at: datetime = T,
    created: bool = False,
    list_name: str | None = None,
) -> Write:
    operation = Operation(
        key=f"p/{at:%Y%m%dT%H%M%S.%f}/{kind}/x/0",
        uid="p",
        kind=kind,
        side=Side.SALES if ref.system == "salesforce" else Side.MARKETING,
        object_type=ref.object_type,
        target=None if kind is OperationKind.CREATE else ref,
        lane=Lane.STAGE,
        reason="",
        changes=tuple(FieldChange(field=n, before=b, after=a) for n, b, a in changes),
        list_name=list_name,
    )
    return Write(operation=operation, at=at, ref=ref, created=created)


def taken_back(
    writes: Sequence[Write],
    shown: Mapping[str, Value] | None,
    *,
    later: Sequence[Write] = (),
    lists: frozenset[str] = frozenset(),
    facts: Sequence[Fact] = (),
    deleted: bool = False,
    merged_into: Ref | None = None,
) -> Undo:
    ref = writes[0].ref
    found = Record(
        ref=ref,
        version="1",
        modified_at=T,
        fields=shown or {},
        deleted=deleted,
        merged_into=merged_into,
    )
    records = {} if shown is None else {ref: found}
    past = Past(
        uid="p",
        writes=writes,
        later=later,
        records=records,
        members={ref: lists},
        facts=facts,
        ours={"005US"},
    )
    return undo(past, "undo of cycle 1", LATER)


def reasons(made: Undo) -> list[tuple[str, str]]:
    return [(each.what, each.why) for each in made.kept]


def test_a_field_gets_back_what_it_held_before_the_first_write() -> None:
    made = taken_back(
        [
            write(OperationKind.UPDATE, CONTACT, (f.STAGE, "LEAD", "MQL"), (f.GRADE, None, "A1")),
            write(OperationKind.UPDATE, CONTACT, (f.STAGE, "MQL", "RECYCLED")),
        ],
        {f.STAGE: "RECYCLED", f.GRADE: None},
    )
    (back,) = made.operations
    assert {f.STAGE: "LEAD"} == back.values
    assert {f.STAGE: "RECYCLED"} == back.expected
    assert (OperationKind.UPDATE, Lane.UNDO, CONTACT) == (back.kind, back.lane, back.target)
    assert "undo of cycle 1" == back.reason == back.changes[0].reason
    assert [] == made.kept


def test_what_the_crm_made_of_our_value_counts_as_ours() -> None:
    cut = replace(
        write(OperationKind.UPDATE, CONTACT, (f.STAGE_REASON, None, "long long")),
        held={f.STAGE_REASON: "long"},
    )
    (back,) = taken_back([cut], {f.STAGE_REASON: "long"}).operations
    assert {f.STAGE_REASON: None} == back.values


def test_what_somebody_edited_stays() -> None:
    made = taken_back(
        [write(OperationKind.UPDATE, CONTACT, (f.STAGE, "LEAD", "MQL"))], {f.STAGE: "CUSTOMER"}
    )
    assert [] == made.operations
    assert [(f.STAGE, "edited since")] == reasons(made)


def test_what_crmbridge_wrote_again_stays() -> None:
    again = write(OperationKind.UPDATE, CONTACT, (f.STAGE, "MQL", "RECYCLED"), at=LATER)
    made = taken_back(
        [write(OperationKind.UPDATE, CONTACT, (f.STAGE, "LEAD", "MQL"))],
        {f.STAGE: "RECYCLED"},
        later=[again],
    )
    assert [] == made.operations
    assert [(f.STAGE, "crmbridge wrote it again at 2026-06-09 09:00")] == reasons(made)


def test_what_is_gone_cannot_be_written() -> None:
    updated = [write(OperationKind.UPDATE, LEAD, (f.STAGE, "LEAD", "MQL"))]
    created = [write(OperationKind.CREATE, LEAD, (f.UID, None, "p"), created=True)]
    for writes, what in ((updated, f.STAGE), (created, "lead")):
        for made, why in (
            (taken_back(writes, None), "the record was deleted since"),
            (taken_back(writes, {}, deleted=True), "the record was deleted since"),
            (
                taken_back(writes, {}, merged_into=CONTACT),
                "the record was merged into another since",
            ),
            (taken_back(writes, {f.CONVERTED: True}), "the lead was converted since"),
        ):
            assert [] == made.operations
            assert [(what, why)] == reasons(made)


def test_a_record_that_we_made_is_deleted_as_we_left_it() -> None:
    made = taken_back(
        [
            write(OperationKind.CREATE, LEAD, (f.UID, None, "p"), (f.SCORE, None, 5), created=True),
            write(OperationKind.UPDATE, LEAD, (f.SCORE, 5, 9)),
        ],
        {f.UID: "p", f.SCORE: 12, f.OWNER_ID: "005A"},
        later=[
            write(OperationKind.UPDATE, LEAD, (f.SCORE, 9, 12), at=LATER),
            write(OperationKind.UPDATE, CONTACT, (f.SCORE, 9, 13), at=LATER),
        ],
        facts=[
            fact(FactKind.OWNED, OwnedDetail(owner="005A")),
            fact(FactKind.STATUS, StatusDetail(value="New", by="005US")),
            replace(fact(FactKind.TOUCH, TOUCH), ref=CONTACT),
        ],
    )
    (back,) = made.operations
    assert (OperationKind.DELETE, LEAD) == (back.kind, back.target)
    assert {f.UID: "p", f.SCORE: 12} == back.expected


TOUCH = TouchDetail(channel=Channel.CALL, by="005A")


def fact(kind: FactKind, detail: Detail) -> Fact:
    return Fact(key=str(kind), ref=LEAD, kind=kind, at=T, detail=detail)


@pytest.mark.parametrize(
    ("created", "shown", "facts", "why"),
    [
        (False, {f.UID: "p"}, [], "the record may have been there before"),
        (True, {f.UID: "q"}, [], "uid was edited since"),
        (True, {f.UID: "p"}, [fact(FactKind.TOUCH, TOUCH)], "somebody has worked with it since"),
        (
            True,
            {f.UID: "p"},
            [fact(FactKind.STATUS, StatusDetail(value="Working", by="005A"))],
            "somebody has worked with it since",
        ),
    ],
)
def test_a_record_that_became_somebodys_stays(
    created: bool, shown: Mapping[str, Value], facts: list[Fact], why: str
) -> None:
    made = taken_back(
        [write(OperationKind.CREATE, LEAD, (f.UID, None, "p"), created=created)], shown, facts=facts
    )
    assert [] == made.operations
    assert [("lead", why)] == reasons(made)


@pytest.mark.parametrize(
    ("kind", "now_on", "back"),
    [
        (OperationKind.ENROL, {"NL-A"}, [OperationKind.WITHDRAW]),
        (OperationKind.ENROL, set(), []),
        (OperationKind.WITHDRAW, set(), [OperationKind.ENROL]),
        (OperationKind.WITHDRAW, {"NL-A"}, []),
    ],
)
def test_list_members_are_where_they_were(
    kind: OperationKind, now_on: set[str], back: list[OperationKind]
) -> None:
    made = taken_back([write(kind, CONTACT, list_name="NL-A")], {}, lists=frozenset(now_on))
    assert back == [each.kind for each in made.operations]
    assert ["NL-A"] * len(back) == [each.list_name for each in made.operations]


def test_who_was_not_on_the_list_is_not_put_there() -> None:
    moot = write(OperationKind.WITHDRAW, CONTACT, (f.MEMBERS, False, False), list_name="NL-A")
    assert Undo() == taken_back([moot], {})


def test_a_membership_that_changed_again_or_cannot_change_stays() -> None:
    enrolled = [write(OperationKind.ENROL, CONTACT, list_name="NL-A")]
    on = frozenset({"NL-A"})
    again = taken_back(enrolled, {}, lists=on, later=enrolled)
    assert [("NL-A", "crmbridge changed the membership again since")] == reasons(again)
    gone = taken_back(enrolled, None, lists=on)
    assert [("NL-A", "the record was deleted since")] == reasons(gone)


def test_a_task_is_deleted_and_an_objection_stays_said() -> None:
    (back,) = taken_back(
        [write(OperationKind.TASK, TASK, (f.TASK_KEY, None, "p/1"))], None
    ).operations
    assert (OperationKind.DELETE, TASK, "p/1") == (back.kind, back.target, back.changes[0].before)
    made = taken_back([write(OperationKind.OPT_OUT, CONTACT, (f.OPTED_OUT, False, True))], {})
    assert [] == made.operations
    assert [(f.OPTED_OUT, "an objection stays said, and so does its end")] == reasons(made)
