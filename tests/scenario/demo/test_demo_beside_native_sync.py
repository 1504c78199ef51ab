"""With HubSpot's own Salesforce sync (a model of it) beside it the demo ends as it does without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from crmbridge.cli.main import cli
from crmbridge.store import open_existing

pytestmark = [pytest.mark.campaign, pytest.mark.timeout(1_800)]

_ALIKE = ("persons", "stages", "nurture_lists", "sla", "mql_total", "reviews", "idle_writes")


@pytest.mark.parametrize(
    ("people", "days", "seed"),
    [
        pytest.param(40, 5, 7, id="five days"),
        pytest.param(500, 42, 1, id="six weeks", marks=pytest.mark.soak),
    ],
)
def test_everybody_ends_where_they_do_without_it(
    people: int, days: int, seed: int, tmp_path: Path
) -> None:
    size = ["--people", str(people), "--days", str(days), "--seed", str(seed)]
    alone, beside = tmp_path / "alone", tmp_path / "beside"
    demo(*size, "--out", str(alone))
    told = demo(*size, "--native-sync", "--out", str(beside))

    assert "HubSpot's own sync (a model)" in told
    assert endings(alone / "demo.db") == endings(beside / "demo.db")
    first = json.loads((alone / "demo-report.json").read_text())
    report = json.loads((beside / "demo-report.json").read_text())
    assert {name: first[name] for name in _ALIKE} == {name: report[name] for name in _ALIKE}
    assert 0 < report["native_sync"]["leads"]
    assert {} == report["native_sync"]["errors"]
    assert "create_leads: false" in (beside / "rules-beside" / "handoff.yaml").read_text()


def demo(*options: str) -> str:
    result = CliRunner().invoke(cli, ["demo", *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def endings(store: Path) -> dict[str, tuple[object, ...]]:
    """Person → stage, due, its outcome, and list."""
    found: dict[str, tuple[object, ...]] = {}
    with open_existing(store) as opened, opened.read() as tx:
        for uid in tx.uids():
            standing = tx.standing(uid)
            assert standing is not None
            clock, waiting = standing.sla, standing.recycle
            found[uid] = (
                standing.stage,
                clock and (clock.due, clock.status),
                waiting and waiting.track,
            )
    return found
