"""What is shipped under ``deploy/`` and said in ``docs/`` names what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from crmbridge.cli.main import cli
from crmbridge.settings import load_settings

ROOT = Path(__file__).parents[3]
DEPLOY, DOCS = ROOT / "deploy", ROOT / "docs"
_METRIC = re.compile(r"\bcrmbridge_[a-z_]+\b")
_SUMMARY = ("_sum", "_count")


def _metrics_of(text: str) -> set[str]:
    """Metrics that are asked for, a summary's parts under its own name."""
    found = set(_METRIC.findall(text))
    return {
        name.removesuffix("_sum").removesuffix("_count")
        if name.endswith(_SUMMARY) and "seconds" in name
        else name
        for name in found
    }


def test_every_metric_that_is_asked_for_is_shown() -> None:
    shown = _metrics_of((DOCS / "reference" / "metrics.md").read_text(encoding="utf-8"))
    alerts = (DEPLOY / "prometheus" / "alerts.yaml").read_text(encoding="utf-8")
    board = (DEPLOY / "grafana" / "dashboards" / "crmbridge.json").read_text(encoding="utf-8")
    trials = Path(__file__).with_name("alerts_test.yaml").read_text(encoding="utf-8")

    assert len(shown) > 20
    for text in (alerts, board, trials):
        assert set() == _metrics_of(text) - shown


def _load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, **secrets: str) -> Any:
    folder = tmp_path / "secrets"
    folder.mkdir()
    for name, value in secrets.items():
        (folder / name).write_text(f"{value}\n")
    monkeypatch.setenv("CRMBRIDGE_SECRETS_DIR", str(folder))
    (tmp_path / "crmbridge.yaml").write_text(text)
    return load_settings(tmp_path / "crmbridge.yaml")


def test_the_settings_in_the_manifest_are_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    things = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text(encoding="utf-8")))
    (settings,) = [each["data"] for each in things if each["kind"] == "ConfigMap"]
    made = re.findall(r"--from-file=([\w]+)", (DEPLOY / "kubernetes.yaml").read_text())

    loaded = _load(
        tmp_path,
        monkeypatch,
        settings["crmbridge.yaml"],
        **{name: "planted-secret" for name in made if "__" in name or "_" in name},
    )

    assert "planted-secret" == loaded.hubspot.token.get_secret_value()
    assert "0.0.0.0:8321" == loaded.operation.listen
    assert "planted-secret" not in str(loaded.store)


def test_the_variables_in_the_compose_file_are_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    service = compose["services"]["crmbridge"]
    for name, value in service["environment"].items():
        monkeypatch.setenv(name, value)
    secrets = {Path(each["target"]).name: "planted-secret" for each in service["secrets"]}
    example = yaml.safe_load((DEPLOY / "crmbridge.example.yaml").read_text(encoding="utf-8"))
    del example["store"], example["hubspot"]["token"], example["salesforce"]["client_secret"]

    loaded = _load(tmp_path, monkeypatch, yaml.safe_dump(example), **secrets)

    assert "postgresql://crmbridge@postgres/crmbridge" == str(loaded.store)
    assert "planted-secret" == loaded.salesforce.client_secret.get_secret_value()


def _commands() -> Iterator[tuple[str, str]]:
    """Every ``crmbridge COMMAND [SUBCOMMAND]`` that a page tells to type."""
    for page in (ROOT / "README.md", *DOCS.rglob("*.md")):
        for words in re.findall(r"(?:`|\$ )crmbridge ((?:[a-z]+ ?){1,2})", page.read_text()):
            yield page.relative_to(ROOT).as_posix(), words.strip()


def _exists(words: str) -> bool:
    first, _, second = words.partition(" ")
    command = cli.get_command(click.Context(cli), first)
    if not isinstance(command, click.Group) or not second:
        return command is not None
    return command.get_command(click.Context(command), second) is not None


def test_every_command_in_the_pages_is_there() -> None:
    named = set(_commands())

    assert len(named) > 50
    assert [] == sorted(each for each in named if not _exists(each[1]))
