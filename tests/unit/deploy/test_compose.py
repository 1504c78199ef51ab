"""deploy/compose.yaml, which no test here can run: its schema, its parts, and what it lets in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

FOLDER = Path(__file__).parents[3] / "deploy"
FILE = FOLDER / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
_MADE_BY_THE_OPERATOR = {"./crmbridge.yaml"}


def test_it_keeps_to_the_compose_specification(
    check_jsonschema: Callable[..., Any], tmp_path: Path
) -> None:
    schema = ("--builtin-schema", "vendor.compose-spec")
    done = check_jsonschema(*schema, FILE)
    (tmp_path / "compose.yaml").write_text(
        FILE.read_text(encoding="utf-8").replace("read_only: true", "readonly: true")
    )

    assert 0 == done.returncode, done.stdout
    assert 0 != check_jsonschema(*schema, tmp_path / "compose.yaml").returncode


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_can_do_as_little_as_possible(name: str) -> None:
    service = SERVICES[name]

    assert service["read_only"] is True
    assert ["ALL"] == service["cap_drop"]
    assert ["no-new-privileges:true"] == service["security_opt"]
    assert not service.get("privileged")
    assert ":" in service["image"] or "build" in service
    assert ":latest" not in service["image"]


def test_nothing_can_be_reached_from_another_machine() -> None:
    published = [port for service in SERVICES.values() for port in service.get("ports", ())]

    assert published
    assert [] == [port for port in published if not port.startswith("127.0.0.1:")]
    assert ["inside"] == SERVICES["postgres"]["networks"]
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_every_file_and_secret_that_it_mounts_is_there_or_named() -> None:
    mounted = {
        source
        for service in SERVICES.values()
        for source, _, _ in (volume.partition(":") for volume in service.get("volumes", ()))
        if source.startswith(".")
    }
    used = {
        each["source"] if isinstance(each, dict) else each
        for service in SERVICES.values()
        for each in service.get("secrets", ())
    }

    assert _MADE_BY_THE_OPERATOR < mounted
    assert [] == [
        name for name in mounted - _MADE_BY_THE_OPERATOR if not (FOLDER / name).resolve().exists()
    ]
    assert used == set(COMPOSE["secrets"])


def test_no_secret_stands_in_it() -> None:
    settings = [
        (name, key, value)
        for name, service in SERVICES.items()
        for key, value in service.get("environment", {}).items()
        if "PASSWORD" in key or "TOKEN" in key or "SECRET" in key
    ]

    assert settings
    assert [] == [each for each in settings if not each[2].startswith("/run/secrets/")]


def test_secrets_never_get_into_the_repository() -> None:
    rules = (FOLDER / "secrets" / ".gitignore").read_text(encoding="utf-8").split()

    assert ["*", "!.gitignore"] == rules
