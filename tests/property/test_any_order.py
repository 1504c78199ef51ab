"""Whatever people, faults and crashes do in whatever order: at rest every promise is kept."""

from __future__ import annotations

import os
import random
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from crmbridge.ordeal.crashes import Moment
from crmbridge.ordeal.running import ACTS, OFTEN, Ordeal, companies
from crmbridge.ordeal.troubles import TROUBLES
from crmbridge.ordeal.visiting import new_contact

pytestmark = pytest.mark.campaign

SEQUENCES = int(os.environ.get("SEQUENCES", "4"))
STEPS = 40
_DICE = st.integers(0, 2**32).map(random.Random)


class AnyOrder(RuleBasedStateMachine):
    """The steps of an ordeal in an order that hypothesis chooses, and makes shorter."""

    @initialize()
    def begin(self) -> None:
        self._stack = ExitStack()
        folder = self._stack.enter_context(tempfile.TemporaryDirectory())
        company = self._stack.enter_context(companies(Path(folder)))
        random.seed(0)
        self.ordeal = Ordeal(company, seed=0)
        for number in range(4):
            new_contact(company, self.ordeal.truth, random.Random(number))
        self.ordeal.cycle()

    @rule(name=st.sampled_from(sorted((*ACTS, *OFTEN))), dice=_DICE)
    def somebody_acts(self, name: str, dice: random.Random) -> None:
        self.ordeal.act(name, dice)

    @rule(
        name=st.sampled_from(sorted((*ACTS, *OFTEN))), dice=_DICE, seconds=st.sampled_from([20, 90])
    )
    def somebody_acts_and_the_bridge_looks(
        self, name: str, dice: random.Random, seconds: float
    ) -> None:
        self.ordeal.act(name, dice)
        self.ordeal.wait(seconds)
        self.ordeal.cycle()

    @rule(name=st.sampled_from(sorted(TROUBLES)), dice=_DICE)
    def something_goes_wrong(self, name: str, dice: random.Random) -> None:
        self.ordeal.trouble(name, dice)

    @rule(moment=st.sampled_from(list(Moment)), passing=st.integers(0, 2))
    def the_process_will_end(self, moment: Moment, passing: int) -> None:
        self.ordeal.arm(moment, passing)

    @rule(dice=_DICE)
    def somebody_edits_under_the_next_write(self, dice: random.Random) -> None:
        self.ordeal.interfere(dice)

    @rule(seconds=st.sampled_from([1, 30, 300, 3_600, 30_000]))
    def time_passes(self, seconds: float) -> None:
        self.ordeal.wait(seconds)
        self.ordeal.cycle()

    @rule()
    def all_is_well_again(self) -> None:
        self.ordeal.heal()

    def teardown(self) -> None:
        try:
            self.ordeal.rest()
            self.ordeal.reckon()
            assert [] == self.ordeal.outcome.broken
        finally:
            self._stack.close()


def test_every_promise_is_kept_in_any_order() -> None:
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=False,
        ),
    )
