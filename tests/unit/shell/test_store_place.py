"""Where the store is: told without a password, and with one from wherever it is kept."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from crmbridge.cli.journal import journal
from crmbridge.errors import ConfigError
from crmbridge.logs import Redactor, secret_values
from crmbridge.settings import Settings, load_settings
from crmbridge.store import Store
from crmbridge.store_place import StorePlace

SERVER = "postgresql://bridge@db.example:5432/crm"


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("url", "shown", "secrets"),
    [
        (SERVER, SERVER, set()),
        ("postgresql://bridge:pl%40nted@db.example:5432/crm", SERVER, {"pl%40nted", "pl@nted"}),
        ("postgres://bridge:pl@nted@db.example:5432/crm", SERVER, {"pl@nted"}),
        (f"{SERVER}?password=planted", SERVER, {"planted"}),
        (
            f"{SERVER}?sslmode=require&password=planted&application_name=x",
            f"{SERVER}?sslmode=require&application_name=x",
            {"planted"},
        ),
        ("postgresql:///crm?host=/run/pg", "postgresql:///crm?host=/run/pg", set()),
    ],
)
def test_a_place_is_told_without_its_password(url: str, shown: str, secrets: set[str]) -> None:
    place = StorePlace.of(url)

    assert (shown, secrets) == (str(place), set(place.secrets))
    assert f"StorePlace({shown!r})" == repr(place)


def test_a_file_is_a_file_and_memory_is_memory() -> None:
    assert (
        StorePlace(path=Path("a/b.db")) == StorePlace.of("a/b.db") == StorePlace.of(Path("a/b.db"))
    )
    assert ":memory:" == str(StorePlace.of(":memory:"))
    assert StorePlace.of("a.db") == StorePlace.of("a.db").with_password("unused")
    with pytest.raises(ValueError, match="a file's path or a postgresql:// URL"):
        StorePlace.of("mysql://root:planted@h/d")


def in_file(monkeypatch: pytest.MonkeyPatch) -> Settings:
    Path("crmbridge.yaml").write_text("store: postgresql://bridge:planted@db.example:5432/crm\n")
    return load_settings()


def in_environment(monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("CRMBRIDGE_STORE", SERVER)
    monkeypatch.setenv("CRMBRIDGE_STORE_PASSWORD", "planted")
    return load_settings()


def in_secrets(monkeypatch: pytest.MonkeyPatch) -> Settings:
    Path("secrets").mkdir()
    Path("secrets/store_password").write_text("planted\n")
    monkeypatch.setenv("CRMBRIDGE_SECRETS_DIR", "secrets")
    return load_settings(overrides={"store": StorePlace.of(SERVER)})


def whole_in_secrets(monkeypatch: pytest.MonkeyPatch) -> Settings:
    Path("secrets").mkdir()
    Path("secrets/store").write_text("postgresql://bridge:planted@db.example:5432/crm")
    monkeypatch.setenv("CRMBRIDGE_SECRETS_DIR", "secrets")
    return load_settings()


@pytest.mark.parametrize("load", [in_file, in_environment, in_secrets, whole_in_secrets])
def test_the_password_comes_from_anywhere_and_is_kept_from_logs(
    load: Callable[[pytest.MonkeyPatch], Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load(monkeypatch)

    assert SERVER == str(settings.store)
    assert ["planted"] == sorted(set(settings.store.secrets))
    assert "planted" not in repr(settings)
    clean = Redactor(secret_values(settings)).clean("FATAL: planted was refused")
    assert "planted" not in clean


def test_a_wrong_store_is_refused_without_repeating_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRMBRIDGE_STORE", "mysql://root:planted@h/d")
    with pytest.raises(ConfigError, match=r"^CRMBRIDGE_STORE: store: a store is") as told:
        load_settings()
    assert "planted" not in str(told.value)


def test_a_password_on_the_command_line_is_refused_with_a_remedy() -> None:
    given = ["--store", "postgresql://bridge:planted@db.example/crm"]
    told = CliRunner().invoke(journal, given).exception

    assert isinstance(told, ConfigError)
    assert "`store_password`" in str(told)
    assert "planted" not in str(told)


def test_without_the_driver_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "crmbridge.store.postgresql", None)
    with pytest.raises(ConfigError, match=r"pip install 'crmbridge\[postgres\]'"):
        Store.open(SERVER)
