"""A rule book that is not signed decides and reports, and writes nothing; then it is signed."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from daemon_process import crmbridge, write_config

from crmbridge.clock import WorldClock
from crmbridge.rulebook.locating import packaged
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.population import make_people
from crmbridge.sandbox.seeding import make_team, seed_people

pytestmark = pytest.mark.campaign


def test_unsigned_is_shadow_and_signing_twice_goes_live(tmp_path: Path) -> None:
    clock = WorldClock(datetime(2026, 6, 9, 12, 0, tzinfo=UTC))
    book = tmp_path / "book"
    shutil.copytree(packaged(), book, ignore=shutil.ignore_patterns("cases"))
    scoring = book / "scoring.yaml"
    scoring.write_text(scoring.read_text().replace("  score: 60", "  score: 58"))
    with Sandbox(clock, rate_limits=False) as sandbox:
        people = make_people(6, 4)
        seed_people(sandbox, people, make_team(sandbox))
        config = str(write_config(tmp_path, sandbox, rules=str(book)))
        visitors = sandbox.hubspot_client()

        def run(*command: str) -> tuple[int, str]:
            result = crmbridge(*command, folder=tmp_path)
            return result.returncode, result.stdout

        def once() -> dict[str, Any]:
            clock.advance(60)
            code, text = run("once", "--json", "--config", config)
            assert 0 == code
            return dict(json.loads(text))

        run("setup", "apply", "--yes", "--config", config)
        first = once()
        for person in people:
            visitors.sim("visitor/form", {"email": person.email, "form": "Request a demo"})
        shadow = once()
        entries = [
            json.loads(line)
            for line in run("journal", "--json", "--config", config)[1].splitlines()
        ]
        by_marketing = run(
            "rules", "sign", "--rules", str(book), "--as", "marketing", "--name", "Mo"
        )
        half = once()
        by_sales = run("rules", "sign", "--rules", str(book), "--as", "sales", "--name", "Sal")
        live = once()

    assert "marketing has not signed" not in first["shadow"]
    assert "was changed after marketing signed it" in first["shadow"]
    assert (0, 0) == (first["operations"], sum(first["writes"].values()))
    assert shadow["shadow_moves"] > 0
    assert 0 == sum(shadow["writes"].values())
    assert {"shadow"} == {entry["kind"] for entry in entries}
    assert (0, 0) == (by_marketing[0], by_sales[0])
    assert "sales has not signed" in half["shadow"]
    assert ("", 0) == (live["shadow"], live["moves"])
    # Everyone is adopted as they are; what happened in shadow makes no MQL of anybody.
    assert sum(live["writes"].values()) > 0
