"""A whole store in another place: every row as it was, all of it or nothing."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from postgres import PostgresServer
from sqlalchemy import Boolean, Column, Float, Integer, select

from crmbridge.cli.store import BEHIND, store_
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.model import ObjectType, Ref
from crmbridge.errors import ConfigError, CrmBridgeError, FatalError
from crmbridge.store import Store, copying, tables
from crmbridge.store.copying import Copied, backup_store, copy_store, move_store
from crmbridge.store.database import SCHEMA
from crmbridge.store.instants import Instant
from crmbridge.store.patience import NoRival
from crmbridge.store_place import StorePlace

Tamper = Callable[[str], None]
NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
TEXTS = ("", 'Müller, "Ada"', "tab\tline\nback\\slash \\N", "emoji 🦊", "Z", "a", "é", "\\.", "0")
FLOATS = (0.1, -1e300, 3.0, 5e-324, 2.0**60)
ADDED = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="1")


@pytest.fixture
def full(store: Store) -> Store:
    """Rows in every table, with values that are easily lost on the way."""
    texts, floats, whole = cycle(TEXTS), cycle(FLOATS), cycle(range(1, 90))

    def value(column: Column[Any], number: int) -> Any:
        if column.nullable and number % 3 == 0:
            return None
        if isinstance(column.type, Instant):
            return NOW + timedelta(microseconds=next(whole) * 1_000_001)
        if isinstance(column.type, Boolean):
            return number % 2 == 0
        if isinstance(column.type, Float):
            return next(floats)
        if isinstance(column.type, Integer):
            return number + 7 if column.primary_key else next(whole)
        return next(texts) if column.nullable else f"{next(texts)}{number}"

    with store.transaction() as tx:
        for number in range(30):
            entry = JournalEntry(kind=JournalKind.MOVED, uid=f"ü{number}", at=NOW, payload={"n": 1})
            tx.write_journal(entry)
        for table in tables.metadata.sorted_tables:
            if table not in (tables.journal, tables.journal_values, tables.leases):
                rows = [{each.name: value(each, n) for each in table.c} for n in range(12)]
                tx._connection.execute(table.insert(), rows)
    return store


@pytest.fixture(params=["file", "database"])
def target(
    request: pytest.FixtureRequest, postgres: PostgresServer, tmp_path: Path
) -> Iterator[StorePlace]:
    if request.param == "file":
        yield StorePlace(path=tmp_path / "target.db")
    else:
        with postgres.database(empty=True) as place:
            yield place


def rows(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Everything but who holds what, in the order of the keys."""
    with store.reading() as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in tables.metadata.sorted_tables
            if table is not tables.leases
        }


def test_every_row_arrives_as_it_was_and_goes_back(
    full: Store, target: StorePlace, tmp_path: Path
) -> None:
    before = rows(full)
    there = move_store(full, target)
    with Store.open(target) as moved:
        assert before == rows(moved)
        again = move_store(moved, StorePlace(path=tmp_path / "back.db"))
    with Store.open(tmp_path / "back.db") as back, back.read() as tx:
        assert before == rows(back)
        assert tx.verify_journal() is None
        assert tx.journal_head() == there.head == again.head
    assert {30, 12} == set(there.rows.values())
    assert 30 == there.journal


def test_what_is_added_afterwards_has_a_number_of_its_own(full: Store, target: StorePlace) -> None:
    move_store(full, target)
    with Store.open(target) as moved, moved.transaction() as tx:
        assert 19 == tx.add_cycle(NOW, {}, {}, 0)
        entry = JournalEntry(kind=JournalKind.MOVED, uid="u", at=NOW, payload={})
        assert 31 == tx.write_journal(entry)
        tx.remember({"u": {"fact"}}, NOW, {"u"})
        (number,) = tx._connection.scalars(
            select(tables.rewinds.c.n).where(tables.rewinds.c.uid == "u")
        )
        assert 18 < number


def test_a_place_that_is_not_empty_stays_as_it_is(full: Store, target: StorePlace) -> None:
    with Store.open(target) as other, other.transaction() as tx:
        tx.mark_dirty([ADDED])
    with pytest.raises(ConfigError, match=r"not empty|exists already"):
        move_store(full, target)
    with Store.open(target) as other, other.read() as tx:
        assert [ADDED] == tx.dirty_refs()


def test_a_move_that_was_cut_off_left_nothing_and_is_made_again(
    full: Store, target: StorePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as cut:
        cut.setattr(copying, "_compare", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with suppress(KeyboardInterrupt):
            move_store(full, target)
    assert target.path is None or [] == list(target.path.parent.glob("target*"))
    assert 30 == move_store(full, target).journal


def test_a_row_that_arrives_as_another_undoes_all_of_it(
    full: Store, postgres: PostgresServer
) -> None:
    with postgres.database() as place:
        postgres.execute(
            "CREATE FUNCTION falsify() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN NEW.why := 'x'; RETURN NEW; END $$",
            place,
        )
        postgres.execute(
            "CREATE TRIGGER t BEFORE INSERT ON moves FOR EACH ROW EXECUTE FUNCTION falsify()", place
        )
        with pytest.raises(FatalError, match="does not hold moves as it was read"):
            move_store(full, place)
        with Store.open(place) as opened, opened.read() as tx:
            assert {0} == set(tx.row_counts().values())


Save = Callable[[Store, Path], Copied]


@pytest.mark.parametrize(
    "save", [backup_store, lambda s, file: move_store(s, StorePlace(path=file))]
)
def test_a_store_whose_journal_was_tampered_with_is_not_passed_on(
    full: Store, place: StorePlace, tamper: Tamper, save: Save, tmp_path: Path
) -> None:
    tamper("UPDATE journal_values SET payload = '{}' WHERE seq = 20")
    with pytest.raises(FatalError, match="journal entry 20 was tampered with"):
        save(full, tmp_path / "other.db")
    assert [] == list(tmp_path.glob("other*"))


def test_a_backup_holds_what_was_committed_when_it_began(
    full: Store, place: StorePlace, tmp_path: Path
) -> None:
    before, file = rows(full), tmp_path / "backup.db"
    with Store.open(place) as daemon, daemon.lease("run", NoRival("")):
        with daemon.transaction() as tx:
            tx.mark_dirty([ADDED])
            told = backup_store(full, file)
        with daemon.read() as tx:
            assert {ADDED} == tx.undecided([ADDED])
    assert 0o600 == stat.S_IMODE(file.stat().st_mode)
    with Store.open(file) as kept:
        assert before == rows(kept)
    assert 30 == told.journal
    with pytest.raises(ConfigError, match="exists already"):
        backup_store(full, file)


def test_a_store_of_an_older_release_is_backed_up_as_it_is(
    empty: StorePlace, tmp_path: Path
) -> None:
    file = tmp_path / "backup.db"
    with Store.open(empty, migrate=False) as old:
        old.upgrade("0007")
        with old.transaction() as tx:
            tx.mark_dirty([ADDED])
        backup_store(old, file)
    with Store.open(file, migrate=False) as kept:
        assert "0007" == kept.schema()
    with Store.open(file) as restored, restored.read() as tx:
        assert [ADDED] == tx.dirty_refs()


def test_a_dry_run_has_a_copy_of_its_own(full: Store, place: StorePlace, tmp_path: Path) -> None:
    copy_store(place, tmp_path / "plan.db")
    with Store.open(tmp_path / "plan.db") as copy:
        assert rows(full) == rows(copy)
        with copy.lease("plan", NoRival("")), copy.transaction() as tx:
            tx._connection.execute(tables.inbox.delete())
    with full.read() as tx:
        assert 12 == tx.row_counts()["inbox"]


def say(*words: object, code: int = 0) -> Result:
    result = CliRunner().invoke(store_, [str(word) for word in words])
    if isinstance(result.exception, CrmBridgeError):
        raise result.exception
    assert code == result.exit_code, result.output
    return result


def test_the_commands_move_back_up_and_say_what_is_next(
    full: Store, place: StorePlace, tmp_path: Path
) -> None:
    backup, moved = tmp_path / "backup.db", tmp_path / "moved.db"
    assert "All 30 journal entries" in say("backup", "--store", place, backup).output
    assert f"let the setting `store` say {moved}" in say("copy", place, moved).output
    with full.lease("run", NoRival("")), pytest.raises(ConfigError, match="end it first, or what"):
        say("copy", place, tmp_path / "another.db")
    with pytest.raises(ConfigError, match="the same place"):
        say("copy", place, place)
    with pytest.raises(ConfigError, match="there is no"):
        say("backup", "--store", tmp_path / "none.db", tmp_path / "x.db")
    with pytest.raises(ConfigError, match="read a password on a command line"):
        say("copy", place, "postgresql://u:pw@h/d")


def test_bringing_up_to_date_is_asked_for_or_only_asked_about(empty: StorePlace) -> None:
    assert "holds no store yet" in say("migrate", "--store", empty, "--check", code=BEHIND).output
    with Store.open(empty, migrate=False) as old:
        old.upgrade("0012")
    assert "schema 0012" in say("migrate", "--store", empty, "--check", code=BEHIND).output
    with Store.open(empty, migrate=False) as daemon, daemon.lease("run", NoRival("")):
        with pytest.raises(ConfigError, match=r"in use by crmbridge run .* end it first"):
            say("migrate", "--store", empty)
        assert "0012" == daemon.schema()
    assert f"has schema {SCHEMA} now" in say("migrate", "--store", empty).output
    assert "newest" in say("migrate", "--store", empty, "--check").output


def test_processes_that_begin_at_once_on_an_empty_place_make_one_store(
    empty: StorePlace, tmp_path: Path
) -> None:
    """As two pods of a deployment do on their first day."""
    command = [sys.executable, "-m", "crmbridge", "store", "migrate"]
    begun = [
        subprocess.Popen(
            [*command, "--store", str(empty.url or empty.path)],
            cwd=tmp_path,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    said = [each.communicate()[1] for each in begun]
    assert [0] * len(begun) == [each.returncode for each in begun], said
    with Store.open(empty, migrate=False) as store:
        assert SCHEMA == store.schema()
