"""How long the store keeps what was done, as an operator may say it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from crmbridge.errors import ConfigError
from crmbridge.settings import load_settings


def test_unless_told_otherwise_more_than_a_year_is_kept() -> None:
    kept = load_settings().retention
    assert (timedelta(days=400), timedelta(days=30)) == (kept.journal, kept.outbox)


def test_days_or_never_may_be_said_in_the_file_and_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "crmbridge.yaml"
    config.write_text("retention:\n  journal: never\n  outbox: 90 days\n")
    kept = load_settings(config).retention
    assert (None, timedelta(days=90)) == (kept.journal, kept.outbox)
    monkeypatch.setenv("CRMBRIDGE_RETENTION__OUTBOX", "8 days")
    assert timedelta(days=8) == load_settings(config).retention.outbox


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("journal: 3 days", "journal: at least 30 days are kept"),
        ("outbox: 6 days", "outbox: at least 7 days are kept"),
        ("journal: 400", "journal: say how long, such as `30 days`, or `never`"),
        ("journal: soon", "journal: say how long"),
        ("jurnal: 40 days", r"no such setting \(did you mean 'journal'\?\)"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_the_place(
    line: str, message: str, tmp_path: Path
) -> None:
    config = tmp_path / "crmbridge.yaml"
    config.write_text(f"retention:\n  {line}\n")
    with pytest.raises(ConfigError, match=rf"crmbridge.yaml:2: .*{message}"):
        load_settings(config)
