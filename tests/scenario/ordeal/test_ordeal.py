"""The bridge under fire: fixed and fresh seeds, and that a broken promise is noticed."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from crmbridge.cli.chaos import chaos
from crmbridge.cli.simulate import BROKEN, simulate
from crmbridge.core.model import Record, Ref
from crmbridge.ordeal import running
from crmbridge.ordeal.checks import violations
from crmbridge.ordeal.company import CONTACTS
from crmbridge.ordeal.running import Ordeal, companies, run
from crmbridge.store.tables import facts, journal_values

pytestmark = pytest.mark.campaign

CYCLES = 100
FRESH = int(time.time()) // 60
"""Another one each minute; whatever breaks names it."""


# By name: workers that begin on either side of a minute would not agree on the number.
@pytest.mark.parametrize("seed", [5, pytest.param(FRESH, id="fresh")])
def test_every_promise_is_kept(seed: int, tmp_path: Path) -> None:
    outcome = run(seed, CYCLES, tmp_path)
    assert [] == outcome.broken, f"crmbridge simulate --seed {seed} --cycles {CYCLES}"
    assert outcome.writes > 10
    assert len([name for name, times in outcome.acts.items() if times]) > 15
    assert len(outcome.troubles) > 5
    assert sum(outcome.crashes.values()) > 1


def test_the_same_seed_gives_the_same_journal_in_another_process() -> None:
    """Whatever order Python's sets have there."""
    told = []
    for hashing in ("1", "2"):
        command = ["-m", "crmbridge", "simulate", "--seed", "7", "--cycles", "25", "--json"]
        done = subprocess.run(
            [sys.executable, *command],
            env={**os.environ, "PYTHONHASHSEED": hashing},
            capture_output=True,
            text=True,
            check=True,
        )
        told.append({**json.loads(done.stdout), "seconds": 0})
    assert told[0] == told[1]
    assert len(told[0]["journal"]) == 64


def test_a_broken_promise_ends_the_command_with_its_own_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(running, "violations", lambda company, truth: ["a fact is lost"])
    result = CliRunner().invoke(simulate, ["--cycles", "1"])
    assert (BROKEN, True) == (result.exit_code, "a fact is lost" in result.output)


def test_a_daemon_that_is_killed_again_and_again_keeps_every_promise() -> None:
    """A short run of the command; `crmbridge chaos` without options rages for ten minutes."""
    result = CliRunner().invoke(chaos, ["--minutes", "0.15", "--seed", str(FRESH), "--json"])
    assert 0 == result.exit_code, result.output
    told = json.loads(result.stdout)
    assert told["crashes"]["kill -9"] > 0
    assert told["cycles"] > 2


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ordeal]:
    """People, a lead that was called, and nothing wrong."""
    with companies(tmp_path_factory.mktemp("calm")) as company:
        ordeal = Ordeal(company, seed=1)
        dice = random.Random(3)
        names = ["a contact appears"] * 4 + ["visitor: form"] * 8
        for name in (*names, "rep: types a lead", "rep: calls"):
            ordeal.act(name, dice)
            ordeal.wait(60)
            ordeal.cycle()
        ordeal.rest()
        assert [] == ordeal.outcome.broken + violations(company, ordeal.truth)
        yield ordeal


def _forget_a_fact(ordeal: Ordeal) -> str:
    with ordeal.company.store.transaction() as tx:
        tx._connection.execute(facts.delete().where(facts.c.kind == "engagement"))
    return "lost 1 × form"


def _change_the_journal(ordeal: Ordeal) -> str:
    with ordeal.company.store.transaction() as tx:
        tx._connection.execute(journal_values.update().values(payload="{}"))
    return "journal entry 1 is not what was written"


def _forget_a_touch(ordeal: Ordeal) -> str:
    with ordeal.company.store.transaction() as tx:
        tx._connection.execute(facts.delete().where(facts.c.kind == "touch"))
    return "known 0 times as a touch"


def _live_more_than_was_seen(ordeal: Ordeal) -> str:
    person = next(each for each in ordeal.truth.people if each.lived)
    person.lived.clear()
    return "invented 1 × form"


def _double_somebody(ordeal: Ordeal) -> str:
    person = ordeal.truth.alive()[0]
    with ordeal.company.store.transaction() as tx:
        tx.set_link(_contact(ordeal, 1), "somebody else")
    person.contacts.insert(0, ordeal.truth.alive()[1].contacts[-1])
    return "is 2 persons"


def _miss_an_edit(ordeal: Ordeal) -> str:
    """One that no poll can see any more."""
    ref = _contact(ordeal, 0)
    with ordeal.company.store.transaction() as tx:
        held = tx.record(ref)
        assert held is not None
        fields = {**held.fields, "title": "Another"}
        tx.put_record(Record(ref=ref, version="x", modified_at=held.modified_at, fields=fields))
    return "title"


def _show_another_stage(ordeal: Ordeal) -> str:
    path = f"{CONTACTS}/{_contact(ordeal, 0).id}"
    body = {"properties": {"crmbridge_stage": "MINE"}}
    assert ordeal.company.portal.call("PATCH", path, body).ok
    return "shows MINE, decided was"


def _contact(ordeal: Ordeal, number: int) -> Ref:
    person = ordeal.truth.alive()[number]
    return Ref.parse(f"hubspot:contact:{person.contacts[-1]}")


@pytest.mark.parametrize(
    "plant",
    [
        _show_another_stage,
        _miss_an_edit,
        _double_somebody,
        _live_more_than_was_seen,
        _forget_a_touch,
        _forget_a_fact,
        _change_the_journal,
    ],
)
def test_a_planted_breach_is_named(calm: Ordeal, plant: Callable[[Ordeal], str]) -> None:
    """In this order: each leaves the others' ground as it is."""
    named = plant(calm)
    found = violations(calm.company, calm.truth)
    assert any(named in each for each in found), found
