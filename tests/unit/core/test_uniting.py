"""Two people who turn out to be one: whose history stays."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations

from person import at, default_rules

from crmbridge.core.consent import Consent
from crmbridge.core.model import Side, Stage
from crmbridge.core.standing import DealState, Standing
from crmbridge.core.tasks import Task, Topic
from crmbridge.core.uniting import unite

ALERT = Task(
    key="k",
    topic=Topic.SLA,
    side=Side.SALES,
    assignee="nina",
    subject="First touch due",
    why="nobody has touched the lead",
    at=at("06-08 10:00"),
    due=at("06-08 11:00"),
    due_on=date(2026, 6, 8),
)


def standing(stage: Stage, day: int, **more: object) -> Standing:
    since = at("06-01 00:00") + timedelta(days=day)
    given: dict[str, object] = {"stage": stage, "since": since, "decided_at": since, "why": "x"}
    return Standing(**{**given, **more})  # type: ignore[arg-type]


def test_of_two_standings_the_further_stays_whatever_their_order() -> None:
    objected = Consent(opt_outs=(at("06-09 00:00"),))
    ladder = [
        standing(Stage.CUSTOMER, 0),
        standing(Stage.OPPORTUNITY, 1),
        standing(Stage.QUALIFICATION, 2),
        standing(Stage.ACTIVATION, 3),
        standing(Stage.MQL, 4, mql_at=at("06-09 00:00")),
        standing(Stage.DISQUALIFIED, 5, reason="STUDENT"),
        standing(Stage.RECYCLED, 6, consent=objected, recycle_count=2),
        standing(Stage.DISQUALIFIED, 7, reason="BUDGET"),
        standing(Stage.LEAD, 8, mql_at=at("06-03 00:00")),
    ]
    terminal = default_rules().recycling.terminal

    for one, other in permutations(range(len(ladder)), 2):
        united = unite(ladder[one], ladder[other], terminal)
        assert ladder[min(one, other)].stage is united.stage
        assert ladder[min(one, other)].reason == united.reason
        assert united == unite(ladder[other], ladder[one], terminal)
    assert at("06-03 00:00") == unite(ladder[4], ladder[8], terminal).mql_at
    assert unite(ladder[4], ladder[6], terminal).opted_out
    assert 2 == unite(ladder[4], ladder[6], terminal).recycle_count


def test_what_both_knew_is_kept_whoever_is_ahead() -> None:
    quarrel = {"definition_dispute": "sales says NOT_ICP"}
    ahead = standing(
        Stage.ACTIVATION,
        8,
        cycle=1,
        armed=False,
        mql_at=at("06-08 09:00"),
        mql_caused_at=at("06-08 08:00"),
        deals={"d1": DealState.OPEN},
        restart_at=at("06-02 00:00"),
        recycle_count=1,
    )
    behind = standing(
        Stage.LEAD,
        3,
        cycle=2,
        mql_at=at("06-05 09:00"),
        mql_caused_at=at("06-05 07:00"),
        mql_reason="score",
        deals={"d1": DealState.LOST, "d2": DealState.WON},
        consent=Consent(opt_outs=(at("06-01 00:00"),), opt_ins=(at("06-02 00:00"),)),
        reviews=quarrel,
        tasks=(ALERT,),
        sales_owner_id="nina",
        recycle_count=3,
    )

    united = unite(ahead, behind, frozenset())

    assert united == replace(
        ahead,
        cycle=2,
        armed=True,
        mql_at=at("06-05 09:00"),
        mql_caused_at=at("06-05 07:00"),
        mql_reason="score",
        deals={"d1": DealState.OPEN, "d2": DealState.WON},
        consent=behind.consent,
        reviews=quarrel,
        tasks=(ALERT,),
        sales_owner_id="nina",
        recycle_count=3,
    )
    assert united.decided_at == ahead.decided_at
    assert [ALERT] == list(unite(replace(ahead, tasks=(ALERT,)), behind, frozenset()).tasks)
    assert "otto" == unite(replace(ahead, sales_owner_id="otto"), behind, ()).sales_owner_id
