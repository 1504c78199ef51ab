"""What every connector does when it writes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref, Side, Value
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind, Outcome, Receipt
from crmbridge.errors import CrmBridgeError, RetryableError
from crmbridge.testing.portal import Portal, Skill
from crmbridge.testing.reader import Reader
from crmbridge.testing.reading_contract import need
from crmbridge.testing.values import values

SAID: Mapping[str, Value] = {
    f.SCORE: 63,
    f.GRADE: "A2",
    f.STAGE: "MQL",
    f.STAGE_REASON: "  asked for a demo on Monday; fit 34  ",
    f.SLA_DUE: datetime(2026, 3, 3, 16, 0, 0, 987_654, tzinfo=UTC),
    f.CYCLE: 1,
    f.TRACK: None,
}
"""What a decision typically says of somebody."""


def operation(
    portal: Portal, identity: str | None, said: Mapping[str, Value], **more: object
) -> Operation:
    """An intention about one person; about nobody yet where ``identity`` is ``None``."""
    connector = portal.connector
    target = None
    if identity is not None:
        target = Ref(system=connector.name, object_type=portal.person, id=identity)
    given: dict[str, object] = {
        "key": f"{identity}/{sorted(said)}",
        "uid": f"p{identity}",
        "kind": OperationKind.UPDATE if identity else OperationKind.CREATE,
        "side": connector.side,
        "object_type": portal.person,
        "target": target,
        "lane": Lane.STAGE,
        "reason": "a test",
        "changes": tuple(
            FieldChange(field=name, before=None, after=value) for name, value in said.items()
        ),
        **more,
    }
    return Operation(**given)  # type: ignore[arg-type] # keywords of Operation


def newcomer(portal: Portal, uid: str) -> Operation:
    """The intention to create somebody."""
    said: dict[str, Value] = {
        f.UID: uid,
        f.EMAIL: f"{uid}@newcomers.example",
        f.LAST_NAME: "Doe",
        f.COMPANY: "Acme",
        f.SCORE: 5,
    }
    offered = portal.connector.writable(portal.person)
    return operation(
        portal,
        None,
        {name: value for name, value in said.items() if name in offered},
        uid=uid,
        key=f"new/{uid}",
    )


def task(portal: Portal, identity: str) -> Operation:
    """The intention to put a task about somebody before their owner."""
    said: dict[str, Value] = {
        f.TASK_KEY: "p1/ladder/1",
        f.SUBJECT: "Nobody has called yet",
        f.BODY: "First touch due at 16:00",
        f.OWNER_ID: portal.owner or None,
        f.DUE: datetime(2026, 3, 3, 16, 0, tzinfo=UTC),
        f.DUE_ON: datetime(2026, 3, 3, tzinfo=UTC).date(),
    }
    offered = portal.connector.writable(ObjectType.ACTIVITY)
    given = {name: value for name, value in said.items() if name in offered}
    return operation(portal, identity, given, kind=OperationKind.TASK)


def outcomes(receipts: Sequence[Receipt]) -> list[Outcome]:
    """What came of each."""
    return [each.outcome for each in receipts]


class WritingContract:
    """Projecting, applying, setting up."""

    def test_what_is_written_is_what_is_read(self, portal: Portal) -> None:
        """After a write the next poll shows what ``project`` said the CRM would hold."""
        (identity,) = portal.arrive()
        reader = Reader(portal.connector, portal.people)
        portal.wait(60)
        (receipt,) = portal.connector.apply([operation(portal, identity, SAID)])
        portal.wait(60)
        reader.poll()
        held = reader.last(identity).fields
        for name, value in SAID.items():
            expected = portal.connector.project(portal.person, name, value)
            assert (name, expected) == (name, held[name])
            assert (name, expected) == (name, receipt.held[name])

    @given(value=values())
    @settings(
        max_examples=60,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_projecting_twice_changes_nothing(self, portal: Portal, value: Value) -> None:
        """What the CRM would hold is what it would hold of that, for every field it takes."""
        connector = portal.connector
        for name in sorted(connector.writable(portal.person)):
            once = connector.project(portal.person, name, value)
            assert once == connector.project(portal.person, name, once)

    def test_only_what_may_be_written_is_offered(self, portal: Portal) -> None:
        """Crmbridge's own fields may be written; owners, deals and unknown things have none."""
        offered = portal.connector.writable(portal.person)
        assert {f.UID, f.STAGE, f.SCORE, f.SCORE_REASON, f.SLA_DUE} <= offered
        assert frozenset() == portal.connector.writable(ObjectType.OWNER)

    def test_one_receipt_each_in_order(self, portal: Portal) -> None:
        """Every operation gets its receipt, in the order of the operations."""
        ids = portal.arrive(7)
        wanted = [operation(portal, each, {f.SCORE: n}) for n, each in enumerate(ids)]
        receipts = portal.connector.apply(wanted)
        assert [each.key for each in wanted] == [each.key for each in receipts]
        assert [Outcome.DONE] * 7 == outcomes(receipts)
        assert list(range(7)) == [each.held[f.SCORE] for each in receipts]

    def test_nothing_to_write_costs_nothing(self, portal: Portal) -> None:
        """No operations, no receipts, no calls."""
        before = portal.connector.calls
        assert [] == portal.connector.apply([])
        assert before == portal.connector.calls

    def test_many_cost_a_call_per_batch(self, portal: Portal) -> None:
        """More operations than a batch holds cost as many calls as batches."""
        count = 2 * portal.batch + 1
        ids = portal.arrive(count)
        portal.connector.ping()
        before = portal.connector.calls
        receipts = portal.connector.apply([operation(portal, each, {f.SCORE: 7}) for each in ids])
        assert [Outcome.DONE] * count == outcomes(receipts)
        assert math.ceil(count / portal.batch) == portal.connector.calls - before

    def test_writing_twice_is_writing_once(self, portal: Portal) -> None:
        """An operation that is repeated leaves what it left before."""
        (identity,) = portal.arrive()
        wanted = [operation(portal, identity, SAID)]
        first, second = portal.connector.apply(wanted), portal.connector.apply(wanted)
        assert [Outcome.DONE] == outcomes(first) == outcomes(second)
        assert first[0].held == second[0].held

    def test_only_the_named_fields_are_touched(self, portal: Portal) -> None:
        """What people entered stays; a write changes what it names and nothing else."""
        (identity,) = portal.arrive()
        portal.edit(identity, "Head of Freight")
        portal.connector.apply([operation(portal, identity, SAID)])
        assert "Head of Freight" == portal.shown(identity, f.TITLE)
        assert portal.address(identity) == portal.shown(identity, f.EMAIL)

    def test_a_new_person_is_made_once(self, portal: Portal) -> None:
        """A create that is repeated finds the record that it made."""
        there = len(portal.everybody())
        wanted = [newcomer(portal, "p-one")]
        (first,), (second,) = portal.connector.apply(wanted), portal.connector.apply(wanted)
        assert (Outcome.DONE, Outcome.DONE) == (first.outcome, second.outcome)
        assert first.ref is not None
        assert first.ref == second.ref
        assert first.created
        assert there + 1 == len(portal.everybody())

    @pytest.mark.parametrize("action", ["drop_before", "drop_after"])
    def test_a_create_whose_answer_was_lost_is_made_once(self, portal: Portal, action: str) -> None:
        """Cut off before or after the CRM did it, a create ends as one record."""
        there = len(portal.everybody())
        wanted = [newcomer(portal, "p-one")]
        portal.fault(action, portal.writing)
        assert [Outcome.RETRY] == outcomes(portal.connector.apply(wanted))
        (receipt,) = portal.connector.apply(wanted)
        assert Outcome.DONE is receipt.outcome
        assert there + 1 == len(portal.everybody())

    @pytest.mark.parametrize("action", ["drop_before", "drop_after"])
    def test_an_update_whose_answer_was_lost_is_tried_again(
        self, portal: Portal, action: str
    ) -> None:
        """Cut off before or after the CRM did it, an update is to be tried again, and then done."""
        (identity,) = portal.arrive()
        wanted = [operation(portal, identity, {f.SCORE: 42})]
        portal.fault(action, portal.writing)
        assert [Outcome.RETRY] == outcomes(portal.connector.apply(wanted))
        assert [Outcome.DONE] == outcomes(portal.connector.apply(wanted))
        assert 42 == float(portal.shown(identity, f.SCORE) or 0)

    def test_an_unwell_crm_is_tried_again_later(self, portal: Portal) -> None:
        """A 503 makes retries of the operations; none is lost, none parked."""
        ids = portal.arrive(3)
        wanted = [operation(portal, each, {f.SCORE: 42}) for each in ids]
        portal.fault("status", portal.writing, status=503)
        assert [Outcome.RETRY] * 3 == outcomes(portal.connector.apply(wanted))
        assert [Outcome.DONE] * 3 == outcomes(portal.connector.apply(wanted))

    def test_a_web_page_for_an_answer_is_no_answer(self, portal: Portal) -> None:
        """A 200 with HTML is not taken for an acknowledgement."""
        (identity,) = portal.arrive()
        wanted = [operation(portal, identity, {f.SCORE: 42})]
        portal.fault("status", portal.writing, status=200, body="<html>welcome</html>")
        assert [Outcome.RETRY] == outcomes(portal.connector.apply(wanted))
        assert portal.shown(identity, f.SCORE) is None

    def test_a_change_meanwhile_is_a_conflict(self, portal: Portal) -> None:
        """What a decision relied on is looked at again; if it changed nothing is written."""
        edited, left = portal.arrive(2)
        portal.edit(edited, "Head of Freight")
        wanted = [
            operation(portal, each, {f.SCORE: 42}, expected={f.TITLE: None})
            for each in (edited, left)
        ]
        receipts = portal.connector.apply(wanted)
        assert [Outcome.CONFLICT, Outcome.DONE] == outcomes(receipts)
        assert portal.shown(edited, f.SCORE) is None

    def test_a_deleted_target_is_gone(self, portal: Portal) -> None:
        """A write to a record in the recycle bin is GONE, and its neighbours are written."""
        gone, there = portal.arrive(2)
        portal.delete(gone)
        receipts = portal.connector.apply(
            [operation(portal, each, {f.SCORE: 42}) for each in (gone, there)]
        )
        assert [Outcome.GONE, Outcome.DONE] == outcomes(receipts)

    def test_a_merged_away_id_makes_nobody(self, portal: Portal) -> None:
        """A write to the id that lost a merge is GONE and brings nobody back."""
        winner, loser = portal.arrive(2)
        portal.merge(winner, loser)
        there = portal.everybody()
        (receipt,) = portal.connector.apply([operation(portal, loser, {f.SCORE: 42})])
        assert Outcome.GONE is receipt.outcome
        assert there == portal.everybody()

    def test_messages_name_nobody(self, portal: Portal) -> None:
        """No receipt and no error shows an address or a value."""
        gone, there = portal.arrive(2)
        portal.delete(gone)
        portal.fault("status", portal.writing, status=400, body={"message": portal.address(there)})
        said = ""
        try:
            for receipt in portal.connector.apply(
                [operation(portal, each, {f.STAGE_REASON: "secretive"}) for each in (gone, there)]
            ):
                said += f"{receipt.message} {receipt.hint}"
        except CrmBridgeError as error:
            said = str(error)
        assert "@" not in said
        assert "secretive" not in said

    def test_a_task_is_there_once(self, portal: Portal) -> None:
        """A task that is sent twice under one key is one task."""
        (identity,) = portal.arrive()
        wanted = [task(portal, identity)]
        for _ in range(2):
            assert [Outcome.DONE] == outcomes(portal.connector.apply(wanted))
        assert 1 == portal.tasks()

    def test_what_was_made_can_be_taken_back(self, portal: Portal) -> None:
        """A record that we made is deleted where it is as we left it; once more changes nothing.
        One that somebody edited stays, and says so."""
        there = portal.everybody()
        made = portal.connector.apply([newcomer(portal, "p-one"), newcomer(portal, "p-two")])
        ids = [each.ref.id for each in made if each.ref is not None]
        portal.edit(ids[1], "Head of Freight")
        wanted = [
            operation(
                portal,
                identity,
                {},
                uid=uid,
                kind=OperationKind.DELETE,
                expected={**receipt.held, f.TITLE: None},
            )
            for identity, uid, receipt in zip(ids, ("p-one", "p-two"), made, strict=True)
        ]
        for _ in range(2):
            receipts = portal.connector.apply(wanted)
            assert [Outcome.DONE, Outcome.CONFLICT] == outcomes(receipts)
            assert sorted([*there, ids[1]]) == sorted(portal.everybody())

    def test_a_task_can_be_taken_back(self, portal: Portal) -> None:
        """A task that we put is deleted, and once more is no harm."""
        (identity,) = portal.arrive()
        (put,) = portal.connector.apply([task(portal, identity)])
        assert put.ref is not None
        wanted = Operation(
            key="back",
            uid="p1",
            kind=OperationKind.DELETE,
            side=portal.connector.side,
            object_type=ObjectType.ACTIVITY,
            target=put.ref,
            lane=Lane.UNDO,
            reason="a test",
        )
        for _ in range(2):
            assert [Outcome.DONE] == outcomes(portal.connector.apply([wanted]))
            assert 0 == portal.tasks()

    def test_members_come_and_go(self, portal: Portal) -> None:
        """Enrolling and withdrawing twice is once, and touches nobody else."""
        need(portal, Skill.LISTS)
        ids = portal.arrive(3)

        def change(kind: OperationKind, *who: str) -> list[Outcome]:
            more = {"kind": kind, "list_name": "NL-TIMING", "lane": Lane.NURTURE}
            wanted = [operation(portal, each, {}, **more) for each in who]
            return outcomes(portal.connector.apply(wanted))

        for _ in range(2):
            assert [Outcome.DONE] * 2 == change(OperationKind.ENROL, *ids[:2])
        assert sorted(ids[:2]) == portal.members("NL-TIMING")
        for _ in range(2):
            assert [Outcome.DONE] == change(OperationKind.WITHDRAW, ids[0])
        assert [ids[1]] == portal.members("NL-TIMING")

    def test_an_unknown_list_is_parked(self, portal: Portal) -> None:
        """Enrolling on a list that is not there says how to get it, and makes none."""
        need(portal, Skill.LISTS)
        (identity,) = portal.arrive()
        wanted = operation(portal, identity, {}, kind=OperationKind.ENROL, list_name="NL-NOWHERE")
        (receipt,) = portal.connector.apply([wanted])
        assert Outcome.PARKED is receipt.outcome
        assert receipt.hint

    def test_an_objection_is_written(self, portal: Portal) -> None:
        """An objection reaches the CRM, and once more changes nothing."""
        need(portal, Skill.OBJECTIONS)
        (identity,) = portal.arrive()
        said: dict[str, Value] = {f.OPTED_OUT: True}
        if portal.connector.side is Side.MARKETING:
            said[f.EMAIL] = portal.address(identity)
        wanted = [operation(portal, identity, said, kind=OperationKind.OPT_OUT)]
        for _ in range(2):
            assert [Outcome.DONE] == outcomes(portal.connector.apply(wanted))
        assert "true" == str(portal.shown(identity, f.OPTED_OUT)).lower()

    def test_an_unwell_crm_raises_where_nothing_was_written(self, portal: Portal) -> None:
        """A fetch that the CRM does not answer raises RetryableError, and works afterwards."""
        (identity,) = portal.arrive()
        ref = Ref(system=portal.connector.name, object_type=portal.person, id=identity)
        portal.connector.fetch([ref])
        portal.fault("drop_before")
        with pytest.raises(RetryableError):
            portal.connector.fetch([ref])
        assert portal.connector.fetch([ref]).records
