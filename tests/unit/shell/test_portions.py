"""In which portions waiting writes are handed to a connector."""

from __future__ import annotations

from crmbridge.core.model import ObjectType, Side
from crmbridge.core.operations import Lane, Operation, OperationKind
from crmbridge.engine.applying import portions

BATCH = 200


def writes(count: int, kind: OperationKind, lane: Lane) -> list[Operation]:
    return [
        Operation(
            key=f"{lane}/{kind}/{number}",
            uid=f"p{number}",
            kind=kind,
            side=Side.SALES,
            object_type=ObjectType.LEAD,
            target=None,
            lane=lane,
            reason="because",
        )
        for number in range(count)
    ]


def shapes(*operations: list[Operation]) -> list[tuple[OperationKind, list[tuple[Lane, int]]]]:
    """Every portion: its kind, and how many of which lane are in it."""
    found = []
    for portion in portions([each for group in operations for each in group], BATCH):
        lanes = [each.lane for each in portion]
        assert 1 == len({each.kind for each in portion})
        counts = [(lane, lanes.count(lane)) for lane in dict.fromkeys(lanes)]
        found.append((portion[0].kind, counts))
    return found


def test_what_is_left_of_a_lane_fills_up_with_the_next_ones() -> None:
    late, early = (
        writes(n, OperationKind.UPDATE, lane) for n, lane in ((9, Lane.INSIGHT), (4, Lane.STAGE))
    )

    assert [(OperationKind.UPDATE, [(Lane.STAGE, 4), (Lane.INSIGHT, 9)])] == shapes(late, early)


def test_nothing_full_of_a_later_lane_goes_before_what_is_left_of_an_earlier_one() -> None:
    stages = writes(BATCH + 3, OperationKind.CREATE, Lane.STAGE)
    insights = writes(BATCH, OperationKind.UPDATE, Lane.INSIGHT)

    assert [
        (OperationKind.CREATE, [(Lane.STAGE, BATCH)]),
        (OperationKind.CREATE, [(Lane.STAGE, 3)]),
        (OperationKind.UPDATE, [(Lane.INSIGHT, BATCH)]),
    ] == shapes(insights, stages)


def test_kinds_are_kept_apart_and_nobody_is_left_out() -> None:
    mixed = [
        *writes(3, OperationKind.TASK, Lane.NURTURE),
        *writes(2, OperationKind.UPDATE, Lane.STAGE),
        *writes(2, OperationKind.CREATE, Lane.STAGE),
    ]

    assert [
        (OperationKind.CREATE, [(Lane.STAGE, 2)]),
        (OperationKind.UPDATE, [(Lane.STAGE, 2)]),
        (OperationKind.TASK, [(Lane.NURTURE, 3)]),
    ] == shapes(mixed)
    assert [] == shapes([])
