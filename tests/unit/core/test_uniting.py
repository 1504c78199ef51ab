"""Two people who turn out to be one: whose history stays."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

from person import at, default_rules

from crmbridge.core.consent import Consent
from crmbridge.core.model import Stage
from crmbridge.core.standing import Standing
from crmbridge.core.uniting import unite


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
