"""The ordeal with real processes: a daemon that is killed with no warning, for so many minutes.

Time is the world's, so that weeks pass; which instruction a kill strikes is the machine's choice,
so that no seed repeats it. The reckoning is the same.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

from crmbridge.ordeal.company import SLOW
from crmbridge.ordeal.operating import OPERATING
from crmbridge.ordeal.process import Daemon, write_config
from crmbridge.ordeal.running import ACTS, OFTEN, Ordeal, Outcome, companies
from crmbridge.ordeal.troubles import TROUBLES
from crmbridge.ordeal.visiting import new_contact

KILLED, ENDED = "kill -9", "ended by itself"
_INSIDE = frozenset({*OPERATING, "our clock is wrong"})
"""What only a bridge in this process can be made to meet."""

_INTERVAL = 60
_PAUSES = (61, 61, 300, 3_600, 8 * 3_600)
_LONGEST_LIFE = 1.5
"""Real seconds of a cycle after which no kill comes any more."""


def rage(
    seed: int, minutes: float, folder: Path, on_round: Callable[[Outcome], None] | None = None
) -> Outcome:
    """People, faults and kills for so many minutes of real time, and at least one kill, then rest
    and the reckoning."""
    began = time.monotonic()
    dice = random.Random(f"chaos/{seed}")
    with companies(folder) as company:
        ordeal = Ordeal(company, seed)
        for _ in range(6):
            new_contact(company, ordeal.truth, dice)
        company.close()
        config = write_config(
            folder, company.sandbox, interval=_INTERVAL, slow_interval=SLOW.total_seconds()
        )
        daemon = Daemon(config, company.clock)
        # Who is archived before the bridge has ever looked was never there for it.
        while not daemon.wait_until_asleep():
            pass
        while time.monotonic() - began < minutes * 60 or not daemon.kills:
            _round(ordeal, daemon, dice)
            if on_round is not None:
                on_round(ordeal.outcome)
        ordeal.heal()
        daemon.wait_until_asleep()
        code = daemon.stop()
        company.begin_again()
        ordeal.rest()
        ordeal.reckon()
        outcome = ordeal.outcome
        if code:
            outcome.broken.append(f"the daemon ended with exit code {code}")
        outcome.crashes.update({KILLED: daemon.kills, ENDED: daemon.ends})
        outcome.seconds = time.monotonic() - began
        return outcome


def _round(ordeal: Ordeal, daemon: Daemon, dice: random.Random) -> None:
    company = ordeal.company
    acts = sorted({*ACTS, *OFTEN} - _INSIDE) + sorted(OFTEN)
    for _ in range(dice.randrange(4)):
        ordeal.act(dice.choice(acts), dice)
    if dice.random() < 0.3:
        ordeal.trouble(dice.choice(sorted(set(TROUBLES) - _INSIDE)), dice)
    if dice.random() < 0.1:
        ordeal.heal()
    company.let_transactions_run()
    ordeal.wait(dice.choice(_PAUSES))
    if dice.random() < 0.3:
        time.sleep(dice.random() * _LONGEST_LIFE)
        daemon.kill()
    else:
        # While the bridge is at work.
        ordeal.act(dice.choice(acts), dice)
    if daemon.wait_until_asleep():
        ordeal.outcome.cycles += 1
        with company.peek() as tx:
            ordeal.truth.read_at = tx.last_cycle_at() or ordeal.truth.read_at
