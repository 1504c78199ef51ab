"""What is published: a wheel that holds all that crmbridge needs, and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pytest

pytestmark = pytest.mark.campaign

ROOT = Path(__file__).parents[2]
_UV = str(Path(sys.executable).with_name("uv"))
_BUILD_SECONDS, _RUN_SECONDS = 300, 240

_ROOMS = {
    "crmbridge": ROOT / "src" / "crmbridge",
    "crmbridge_hubspot": ROOT / "connectors" / "crmbridge_hubspot",
    "crmbridge_salesforce": ROOT / "connectors" / "crmbridge_salesforce",
    "crmbridge/default_rules": ROOT / "rules",
}
"""Where in the wheel → where in the repository."""

_KINDS = {".py", ".yaml", ".json", ".toml", ".mako", ".html", ".typed"}
_METADATA = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}


def _run(*command: str, folder: Path, seconds: int = _RUN_SECONDS) -> str:
    """What a command prints, run where nothing of the repository is found by accident."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert 0 == done.returncode, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def _environment() -> Mapping[str, str]:
    foreign = ("CRMBRIDGE_", "PYTHON", "VIRTUAL_ENV", "UV_PROJECT", "COV_", "COVERAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**kept, "NO_COLOR": "1"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the source distribution and the wheel that was made from it."""
    out = tmp_path_factory.mktemp("dist")
    _run(_UV, "build", "--quiet", "--out-dir", str(out), folder=ROOT, seconds=_BUILD_SECONDS)
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The ``crmbridge`` command of an environment into which only the wheel was put, with the
    versions of everything else that the lock names."""
    folder = tmp_path_factory.mktemp("installed")
    versions = _run(
        *(_UV, "export", "--quiet", "--frozen", "--no-dev", "--no-emit-project", "--no-hashes"),
        folder=ROOT,
    )
    (folder / "locked.txt").write_text(versions)
    _run(_UV, "venv", "--quiet", "--python", sys.executable, "venv", folder=folder)
    python = folder / "venv" / "bin" / "python"
    _run(
        *(_UV, "pip", "install", "--quiet", "--python", str(python)),
        *("--constraints", "locked.txt", str(wheel)),
        folder=folder,
        seconds=_BUILD_SECONDS,
    )
    return python.with_name("crmbridge")


def test_the_wheel_holds_every_file_of_the_program_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    described = {name for name in names if ".dist-info/" in name}
    expected = {
        (PurePosixPath(room) / path.relative_to(source).as_posix()).as_posix()
        for room, source in _ROOMS.items()
        for path in source.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert expected == names - described
    assert {name.partition(".dist-info/")[2] for name in described} == _METADATA
    assert set() == {PurePosixPath(name).suffix for name in expected} - _KINDS
    # One of each kind by name, so that an emptied room is noticed.
    assert {
        "crmbridge/py.typed",
        "crmbridge/default_rules/sla.yaml",
        "crmbridge/default_rules/cases/S01-happy-path.yaml",
        "crmbridge/default_rules/schema/sla.schema.json",
        "crmbridge/reports/templates/plan.html",
        "crmbridge/store/migrations/script.py.mako",
        "crmbridge/store/migrations/versions/v0001_first_tables.py",
        "crmbridge/testing/writing_contract.py",
        "crmbridge_hubspot/py.typed",
        "crmbridge_hubspot/simulator/app.py",
        "crmbridge_salesforce/py.typed",
        "crmbridge_salesforce/simulator/app.py",
    } <= names


def test_the_source_distribution_can_build_and_prove_itself(built: Path) -> None:
    (source,) = built.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}

    assert {
        *("pyproject.toml", "uv.lock", "Makefile", "LICENSE", "CHANGELOG.md", "README.md"),
        *("tests/conftest.py", "deploy/crmbridge.service", "docs/operating.md"),
    } <= names
    assert [] == [name for name in names if name.startswith(("build/", ".venv/", ".git/"))]


def test_in_an_empty_environment_the_command_says_what_it_can_do(installed: Path) -> None:
    folder = installed.parents[2]
    told = _run(str(installed), "--help", folder=folder)

    assert "demo" in told
    assert "sandbox" in told


def test_in_an_empty_environment_the_packaged_rule_book_passes_its_cases(installed: Path) -> None:
    folder = installed.parents[2]
    cases = _run(str(installed), "rules", "test", folder=folder).splitlines()[-1].split()

    assert ["cases", "pass."] == cases[3:]
    assert int(cases[0]) == int(cases[2]) > 200


def test_in_an_empty_environment_a_day_of_both_crms_can_be_run(installed: Path) -> None:
    """Both connectors, both simulators, the store and its migrations: all from the wheel."""
    folder = installed.parents[2]
    told = _run(
        *(str(installed), "demo", "--people", "10", "--days", "1", "--out", "demo", "--json"),
        folder=folder,
    )
    report = json.loads(told)

    assert 10 == report["persons"]
    assert report["writes"]["hubspot"] > 0
    assert (0, 0) == (report["parked"], report["idle_writes"])
    assert (folder / "demo" / "demo.db").is_file()
