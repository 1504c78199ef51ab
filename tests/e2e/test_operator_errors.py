"""What an operator gets wrong is one clear line, another exit code than 0, and nothing written."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from daemon_process import Life, crmbridge, write_config

from crmbridge.clock import WorldClock
from crmbridge.rulebook.locating import packaged
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.population import make_people
from crmbridge.sandbox.seeding import seed_people

pytestmark = pytest.mark.campaign

START = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(WorldClock(START), rate_limits=False) as running:
        seed_people(running, make_people(12, 4))
        yield running


def writes(sandbox: Sandbox) -> int:
    """API calls that could have changed a record in either CRM."""
    total = 0
    for client in (sandbox.hubspot_client(), sandbox.salesforce_client()):
        for route, count in client.sim("calls", method="GET")["by_route"].items():
            reads = (
                "GET ",
                "search",
                "batch/read",
                "oauth2",
                "POST /services/data/v67.0/composite ",
            )
            if not any(word in f"{route} " for word in reads):
                total += count
    return total


def assert_refused(result: object, *, about: str) -> None:
    code, error = result.returncode, result.stderr  # type: ignore[attr-defined]
    assert code not in (0, None)
    lines = [line for line in error.splitlines() if line.strip()]
    assert 1 == len(lines), error
    assert about in lines[0]
    assert "Traceback" not in error


@pytest.mark.parametrize("command", [("once",), ("run",), ("plan",), ("setup", "apply", "--yes")])
def test_a_wrong_hubspot_token(command: tuple[str, ...], sandbox: Sandbox, tmp_path: Path) -> None:
    section = {**sandbox.sections()["hubspot"], "token": "pat-na1-wrong-secret-token"}
    config = write_config(tmp_path, sandbox, hubspot=section)
    before = writes(sandbox)

    result = crmbridge(*command, "--config", str(config), folder=tmp_path)

    assert_refused(result, about="hubspot.token")
    assert "pat-na1-wrong-secret-token" not in result.stderr
    assert before == writes(sandbox)


def test_a_wrong_salesforce_secret(sandbox: Sandbox, tmp_path: Path) -> None:
    section = {**sandbox.sections()["salesforce"], "client_secret": "not-the-secret"}
    config = write_config(tmp_path, sandbox, salesforce=section)
    before = writes(sandbox)

    result = crmbridge("once", "--config", str(config), folder=tmp_path)

    assert_refused(result, about="salesforce.client_")
    assert "not-the-secret" not in result.stderr
    assert before == writes(sandbox)


@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_an_unreachable_host(system: str, sandbox: Sandbox, tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    section = {**sandbox.sections()[system], "base_url": url}
    config = write_config(tmp_path, sandbox, **{system: section})
    before = writes(sandbox)

    result = crmbridge("once", "--config", str(config), folder=tmp_path)

    assert_refused(result, about=f"{system}.base_url")
    assert before == writes(sandbox)


def test_a_rule_book_with_a_misspelt_field(sandbox: Sandbox, tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    shutil.copytree(packaged(), rules)
    stages = rules / "stages.yaml"
    stages.write_text(stages.read_text().replace("lifecycle:", "lifecicle:"))
    config = write_config(tmp_path, sandbox)
    before = writes(sandbox)

    result = crmbridge("once", "--config", str(config), "--rules", str(rules), folder=tmp_path)

    assert_refused(result, about="did you mean 'lifecycle'?")
    assert "stages.yaml:" in result.stderr
    assert before == writes(sandbox)


def test_a_second_daemon_on_the_same_store(sandbox: Sandbox, tmp_path: Path) -> None:
    config = write_config(tmp_path, sandbox)
    assert (
        crmbridge("setup", "apply", "--yes", "--config", str(config), folder=tmp_path).returncode
        == 0
    )
    life = Life(sandbox, config)
    try:
        life.wait_until_asleep()
        before = writes(sandbox)

        for command in ("run", "once"):
            result = crmbridge(command, "--config", str(config), folder=tmp_path)

            assert_refused(result, about=f"process {life.daemon.pid}: end that one first")
        assert before == writes(sandbox)
    finally:
        life.end()


def test_a_store_that_belongs_to_another_portal(sandbox: Sandbox, tmp_path: Path) -> None:
    config = write_config(tmp_path, sandbox)
    assert (
        crmbridge("setup", "apply", "--yes", "--config", str(config), folder=tmp_path).returncode
        == 0
    )
    assert crmbridge("once", "--config", str(config), folder=tmp_path).returncode == 0
    sandbox.hubspot_world.portal_id = 999
    before = writes(sandbox)

    result = crmbridge("once", "--config", str(config), folder=tmp_path)

    assert_refused(result, about="hubspot account 424242")
    assert before == writes(sandbox)


def test_a_misspelt_setting(sandbox: Sandbox, tmp_path: Path) -> None:
    config = write_config(tmp_path, sandbox, intervall=60)

    result = crmbridge("once", "--config", str(config), folder=tmp_path)

    assert_refused(result, about="did you mean 'interval'?")


def test_nobody_of_that_name(sandbox: Sandbox, tmp_path: Path) -> None:
    config = write_config(tmp_path, sandbox)
    assert (
        crmbridge("setup", "apply", "--yes", "--config", str(config), folder=tmp_path).returncode
        == 0
    )
    assert crmbridge("once", "--config", str(config), folder=tmp_path).returncode == 0

    result = crmbridge(
        "explain", "nobody@nowhere.example", "--config", str(config), folder=tmp_path
    )

    assert_refused(result, about="nobody here")
    assert "nowhere" not in result.stderr
