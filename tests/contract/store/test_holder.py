"""Whether a holder's process is still there, as far as this machine can know."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from crmbridge.store import holder
from crmbridge.store.holder import Holder

SHOW = (
    "from crmbridge.store.holder import Holder; h = Holder.here('x', '1');"
    "print(h.process, h.mark, flush=True); input()"
)


def test_this_process_lives_and_is_told_from_every_other() -> None:
    here = Holder.here("run", "1")

    assert here.lives()
    assert f", process {os.getpid()}" in str(here)


def test_a_killed_process_lives_no_more_even_before_its_parent_knows() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", SHOW], stdin=pipe, stdout=pipe, text=True) as it:
        assert it.stdout is not None
        process, mark = it.stdout.readline().split()
        other = replace(Holder.here("run", "1"), process=int(process), mark=mark)
        before = other.lives()
        it.kill()
        os.waitid(os.P_PID, it.pid, os.WEXITED | os.WNOWAIT)
        as_zombie = other.lives()

    assert (True, False, False) == (before, as_zombie, other.lives())


def test_another_process_under_the_same_number_is_not_the_holder() -> None:
    here = Holder.here("run", "1")
    assert here.mark is not None

    assert replace(here, mark=f"{here.mark}0").lives() is False


def test_a_process_of_somebody_else_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_process: int, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", refused)

    assert Holder.here("run", "1").lives()


def test_a_process_that_we_may_not_see_may_live_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    here = Holder.here("run", "1")
    monkeypatch.setattr(holder, "_life", lambda _process: None)

    assert here.lives() is None


@pytest.mark.parametrize("mark", [None, "another-start/pid:[4026531836]/812"])
def test_nobody_knows_of_a_process_of_another_machine(mark: str | None) -> None:
    assert replace(Holder.here("run", "1"), mark=mark).lives() is None


def test_a_machine_that_does_not_say_marks_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = Holder.here("run", "1")
    monkeypatch.setattr(holder, "_BOOT", tmp_path / "no such file")

    assert Holder.here("run", "1").mark is None
    assert before.lives() is None
