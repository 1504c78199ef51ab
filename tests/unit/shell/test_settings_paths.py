"""Where relative paths of a settings file lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from crmbridge.settings import load_settings

SETTINGS = """\
store: {store}
rules: rules
salesforce:
  base_url: https://acme.my.salesforce.com
  flow: jwt
  client_id: key
  username: bridge@acme.example
  key_file: keys/private.pem
"""


@pytest.mark.parametrize(
    ("store", "shown"),
    [
        ("bridge.db", "{folder}/bridge.db"),
        ("/var/lib/bridge.db", "/var/lib/bridge.db"),
        ("postgresql://me@db/crm", "postgresql://me@db/crm"),
        ('":memory:"', ":memory:"),
    ],
)
def test_a_relative_path_begins_at_the_file(tmp_path: Path, store: str, shown: str) -> None:
    file = tmp_path / "crmbridge.yaml"
    file.write_text(SETTINGS.format(store=store))
    settings = load_settings(file)

    assert shown.format(folder=tmp_path) == str(settings.store)
    assert tmp_path / "rules" == settings.rules
    (salesforce,) = settings.connectors.values()
    assert tmp_path / "keys" / "private.pem" == getattr(salesforce, "key_file")  # noqa: B009


def test_what_the_environment_names_begins_where_the_command_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "crmbridge.yaml"
    file.write_text("store: bridge.db")
    monkeypatch.setenv("CRMBRIDGE_STORE", "other.db")
    assert "other.db" == str(load_settings(file).store)


def test_what_the_file_does_not_name_is_beside_it_by_default(tmp_path: Path) -> None:
    file = tmp_path / "crmbridge.yaml"
    file.write_text("interval: 60")
    assert (tmp_path / "crmbridge.db", None) == (
        load_settings(file).store.path,
        load_settings(file).rules,
    )
    (tmp_path / "rules").mkdir()
    assert tmp_path / "rules" == load_settings(file).rules
