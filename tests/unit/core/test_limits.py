"""How much may change: what writes amount to, and which limits they break."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crmbridge.core import fields as f
from crmbridge.core.limits import Effect, LimitRules, effect_of, exceeded
from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind

LIMITS = LimitRules(
    cycle=Effect(people=10, mqls=5, list_removals=3),
    day=Effect(people=20, mqls=8, list_removals=6),
    share=0.5,
    share_from=12,
)


def write(uid: str, after: str | None = None, before: str | None = "LEAD") -> Operation:
    changes = (FieldChange(field=f.STAGE, before=before, after=after),) if after else ()
    return Operation(
        key=f"{uid}/{after}",
        uid=uid,
        kind=OperationKind.UPDATE,
        side=Side.SALES,
        object_type=ObjectType.LEAD,
        target=Ref(system="salesforce", object_type=ObjectType.LEAD, id=uid),
        lane=Lane.STAGE,
        reason="test",
        changes=changes,
    )


def test_a_person_counts_once_however_much_is_written() -> None:
    off = replace(write("c"), kind=OperationKind.WITHDRAW, list_name="NL-BUDGET")
    writes = [write("a", "MQL"), replace(write("a", "MQL"), side=Side.MARKETING), off, write("b")]

    assert Effect(people=3, mqls=1, list_removals=1) == effect_of(writes)


def test_showing_mql_again_makes_no_new_one() -> None:
    assert effect_of([write("a", "MQL", before="MQL"), write("b", "RECYCLED")]).mqls == 0
    assert Effect() == effect_of([])


@pytest.mark.parametrize(
    ("now", "day", "known", "said"),
    [
        (Effect(people=10, mqls=5, list_removals=3), Effect(), 11, []),
        (Effect(people=11), Effect(), 0, ["11 people in one cycle are more than 10"]),
        (Effect(mqls=6), Effect(), 0, ["6 new MQLs in one cycle are more than 5"]),
        (Effect(list_removals=4), Effect(), 0, ["4 removals from lists in one cycle"]),
        (Effect(people=3), Effect(people=17), 0, []),
        (Effect(people=3), Effect(people=18), 0, ["21 people a day are more than 20"]),
        (Effect(mqls=1), Effect(mqls=8), 0, ["9 new MQLs a day are more than 8"]),
        (Effect(people=6), Effect(), 12, []),
        (Effect(people=7), Effect(), 12, ["7 of 12 people in one cycle are more than 50%"]),
        (Effect(people=7), Effect(), 11, []),
    ],
)
def test_each_limit_holds_up_to_its_number(
    now: Effect, day: Effect, known: int, said: list[str]
) -> None:
    found = exceeded(LIMITS, now, day, known)

    assert len(said) == len(found)
    assert all(text in sentence for text, sentence in zip(said, found, strict=True))
