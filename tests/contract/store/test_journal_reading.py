"""The journal as it is asked for, and as it is let go of without losing its proof."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import crmbridge.cli.journal
from crmbridge.cli.journal import TAMPERED, journal
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.limits import Effect
from crmbridge.core.model import ObjectType, Record, Ref, Side
from crmbridge.core.operations import Lane, Operation, OperationKind, Outcome, Receipt
from crmbridge.engine import pruning
from crmbridge.engine.erasing import erase
from crmbridge.engine.pruning import Pruner, Retention
from crmbridge.errors import ConfigError
from crmbridge.ports import Page
from crmbridge.store import Store
from crmbridge.store_place import StorePlace

Tamper = Callable[[str], None]
NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ADA = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="501")
KEEP = Retention(journal=30 * DAY, outbox=7 * DAY)


def entry(days: float, kind: JournalKind = JournalKind.MOVED, **payload: object) -> JournalEntry:
    """So many days before NOW."""
    uid = "" if "by" in payload else "u1"
    at = NOW - timedelta(days=days)
    return JournalEntry(kind=kind, uid=uid, at=at, payload=payload or {"why": "x"})


def write(store: Store, *entries: JournalEntry) -> None:
    with store.transaction() as tx:
        for each in entries:
            tx.write_journal(each)


@pytest.fixture
def told(store: Store) -> Store:
    with store.transaction() as tx:
        ada = Record(ref=ADA, version="1", modified_at=NOW, fields={"email": "a@b.c"})
        tx.put_page(Page(records=(ada,)), NOW)
        tx.set_link(ADA, "u1")
    write(
        store,
        entry(4),
        entry(3, JournalKind.PAUSED, by="Olga", scope="all"),
        entry(2, JournalKind.RESUMED, by="=Olga Müller", scope="all"),
        entry(1, JournalKind.DROPPED, by="Olga", operation="create", message='said "by": "Olga"'),
        entry(0, JournalKind.DECIDED, reasons=['"by": "Otto"']),
    )
    return store


def say(place: StorePlace, *words: str, code: int = 0) -> Result:
    result = CliRunner().invoke(journal, ["--store", str(place), *words])
    if isinstance(result.exception, ConfigError):
        raise result.exception
    assert code == result.exit_code, result.output
    return result


def seqs(place: StorePlace, *words: str) -> list[int]:
    return [json.loads(line)["seq"] for line in say(place, "--json", *words).output.splitlines()]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), [1, 2, 3, 4, 5]),
        (("--kind", "paused", "--kind", "resumed"), [2, 3]),
        (("--since", "2026-06-07T14:00"), [3, 4, 5]),
        (("--until", "2026-06-07T14:00"), [1, 2]),
        (("--since", "2026-06-06", "--until", "2026-06-08"), [2, 3]),
        (("--by", "Olga"), [2, 4]),
        (("--by", "=Olga Müller"), [3]),
        (("--by", "Otto"), []),
        (("--by", "Ol"), []),
        (("--person", "a@b.c"), [1, 5]),
        (("--person", "501"), [1, 5]),
        (("--person", "u1", "--kind", "moved"), [1]),
        (("--after", "2", "--limit", "2"), [3, 4]),
        (("--limit", "0"), []),
    ],
    ids=str,
)
def test_entries_are_chosen(
    told: Store, place: StorePlace, words: tuple[str, ...], expected: list[int]
) -> None:
    assert expected == seqs(place, *words)


def test_a_long_journal_is_read_in_portions(
    told: Store, place: StorePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crmbridge.cli.journal, "_PORTION", 2)
    assert [1, 2, 3, 4, 5] == seqs(place)
    assert [1, 2, 3] == seqs(place, "--limit", "3")


def test_following_tells_what_is_written_meanwhile(
    told: Store, place: StorePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sleep(_seconds: float) -> None:
        write(told, entry(0))

    monkeypatch.setattr(time, "sleep", sleep)
    assert [4, 5, 6, 7] == seqs(place, "--follow", "--after", "3", "--limit", "4")


def test_what_is_exported_lies_in_a_private_file_and_no_cell_is_a_formula(
    told: Store, place: StorePlace, tmp_path: Path
) -> None:
    out = tmp_path / "journal.csv"
    assert "" == say(place, "--format", "csv", "--by", "=Olga Müller", "--out", str(out)).output
    heading, row = out.read_text(encoding="utf-8").splitlines()
    assert heading.startswith("seq,at,kind,person,by")
    assert ",'=Olga Müller," in row
    assert 0o600 == stat.S_IMODE(out.stat().st_mode)
    with pytest.raises(ConfigError, match=r"--out: .* cannot be written"):
        say(place, "--out", str(tmp_path / "nowhere" / "x"))


def test_who_was_erased_is_still_found_by_our_own_id(told: Store, place: StorePlace) -> None:
    with told.transaction() as tx:
        erase(tx, "u1", "Olga", NOW)
    assert [1, 5, 6] == seqs(place, "--person", "u1")
    with pytest.raises(ConfigError, match="nobody here"):
        say(place, "--person", "a@b.c")


def test_a_wrong_instant_or_kind_is_refused_with_what_would_be_right(
    told: Store, place: StorePlace
) -> None:
    assert "write a day" in say(place, "--since", "yesterday", code=2).output
    assert "'moved'" in say(place, "--kind", "movd", code=2).output


def prune(store: Store) -> bool:
    return Pruner(store, KEEP).run(NOW)


@pytest.fixture
def old(store: Store) -> Store:
    """Entries of 50, 40, 35, 10 and no days."""
    write(store, *(entry(days) for days in (50, 40, 35, 10, 0)))
    return store


def test_old_entries_are_let_go_and_the_rest_is_proved_from_the_anchor(
    old: Store, place: StorePlace
) -> None:
    assert "All 5 entries are as they were written." in say(place, "--verify").output
    assert prune(old)
    with old.read() as tx:
        kinds = [(each.seq, each.kind) for each in tx.journal()]
        anchor = tx.journal_anchor()
        assert tx.verify_journal() is None
        assert {4: 1, 5: 1, 6: 1} == {
            row.seq: 1 for row in tx._connection.exec_driver_sql("SELECT seq FROM journal_values")
        }
    assert [(4, JournalKind.MOVED), (5, JournalKind.MOVED), (6, JournalKind.PRUNED)] == kinds
    assert anchor is not None
    assert (3, NOW - 35 * DAY) == (anchor.seq, anchor.at)
    proved = say(place, "--verify").output
    assert "Entries 4 to 6 are as they were written." in proved
    assert f"hangs on entry 3 of 2026-05-05, hash {anchor.hash}" in proved
    write(old, entry(0))
    assert "Entries 4 to 7" in say(place, "--verify").output


def test_pruning_twice_lets_nothing_more_go(old: Store) -> None:
    assert prune(old)
    assert prune(old)
    with old.read() as tx:
        assert 6 == tx.journal_length()


def test_a_journal_of_which_all_is_old_goes_on_behind_its_anchor(store: Store) -> None:
    write(store, entry(50), entry(40))
    with store.transaction() as tx:
        assert tx.prune_journal(NOW, 10) is not None
        assert 2 == tx.journal_length()
        assert 3 == tx.write_journal(entry(0))
    assert prune(store)
    with store.read() as tx:
        assert 3 == tx.journal_length()


def test_letting_go_takes_portions_and_leaves_the_rest_to_the_next_cycle(
    old: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "PORTION", 1)
    monkeypatch.setattr(pruning, "MOST", 2)
    assert not prune(old)
    with old.read() as tx:
        assert 3 == tx.journal()[0].seq
        assert tx.verify_journal() is None
    monkeypatch.setattr(pruning, "MOST", 3)
    assert prune(old)
    with old.read() as tx:
        assert 4 == tx.journal()[0].seq
        assert tx.verify_journal() is None


FORGED = """
DELETE FROM journal WHERE seq <= 4;
DELETE FROM journal_values WHERE seq <= 4;
UPDATE meta SET value = '{moved}' WHERE name = 'journal_anchor'
"""


@pytest.mark.parametrize(
    ("statements", "broken"),
    [
        ("UPDATE journal_values SET payload = '{}' WHERE seq = 5", 5),
        ("DELETE FROM journal WHERE seq = 4", 4),
        ("DELETE FROM meta WHERE name = 'journal_anchor'", 1),
        (FORGED, 4),
        ("DELETE FROM journal WHERE seq > 4", 3),
    ],
    ids=["a value", "an entry", "the anchor", "a moved anchor", "the end"],
)
def test_tampering_behind_an_anchor_is_found(
    old: Store, place: StorePlace, tamper: Tamper, statements: str, broken: int
) -> None:
    prune(old)
    with old.reading() as raw:
        text = raw.exec_driver_sql("SELECT value FROM meta WHERE name = 'journal_anchor'").scalar()
        fourth = raw.exec_driver_sql("SELECT hash FROM journal WHERE seq = 4").scalar()
    moved = json.dumps({**json.loads(text or ""), "seq": 4, "hash": fourth})
    tamper(statements.replace("{moved}", moved))
    with old.read() as tx:
        assert broken == tx.verify_journal()
    assert f"entry {broken} was tampered" in say(place, "--verify", code=TAMPERED).output


def operation(key: str) -> Operation:
    return Operation(
        key=key,
        uid="u1",
        kind=OperationKind.UPDATE,
        side=Side.MARKETING,
        object_type=ObjectType.CONTACT,
        target=ADA,
        lane=Lane.STAGE,
        reason="because",
    )


def test_settled_writes_go_and_whatever_waits_or_was_refused_stays(store: Store) -> None:
    keys = ["done", "young", "conflict", "gone", "parked", "dropped", "held", "new"]
    with store.transaction() as tx:
        tx.enqueue([operation(key) for key in keys[:-1]])
        tx.release(keys=keys[:6])
        tx.hold("too many", ["held"])
        for key, outcome in (
            ("done", Outcome.DONE),
            ("conflict", Outcome.CONFLICT),
            ("gone", Outcome.GONE),
            ("parked", Outcome.PARKED),
            ("dropped", Outcome.PARKED),
        ):
            tx.settle(Receipt(key=key, outcome=outcome), NOW - 8 * DAY)
        tx.settle(Receipt(key="young", outcome=Outcome.DONE), NOW - 6 * DAY)
        tx.drop(["dropped"])
        tx.enqueue([operation("new")])
        for days in (9, 8, 1):
            tx.add_effect(NOW - days * DAY, Effect(people=1, mqls=0, list_removals=0))
        for days in (50, 40, 1):
            assert tx.add_cycle(NOW - days * DAY, {}, {}, 0)
    assert prune(store)
    with store.transaction() as tx:
        left = tx._connection.exec_driver_sql("SELECT key FROM outbox ORDER BY n")
        assert ["young", "parked", "dropped", "held", "new"] == [row.key for row in left]
        assert 1 == tx.row_counts()["effects"]
        assert 1 == tx.row_counts()["cycles"]
        assert 3 == tx.cycle_count()
        assert 4 == tx.add_cycle(NOW, {}, {}, 0)


def test_the_last_cycle_stays_so_that_the_next_has_a_number(store: Store) -> None:
    with store.transaction() as tx:
        tx.add_cycle(NOW - 50 * DAY, {}, {}, 0)
    assert prune(store)
    with store.read() as tx:
        assert 1 == tx.cycle_count()


def test_what_is_kept_for_ever_is_kept(old: Store) -> None:
    assert Pruner(old, Retention()).run(NOW + 4000 * DAY)
    with old.read() as tx:
        assert 5 == len(tx.journal())


def test_the_size_is_told(old: Store, place: StorePlace) -> None:
    size = old.size()
    if place.path is not None:
        beside = place.path.parent.glob("bridge.db*")
        assert 0 <= (size.free or 0) < size.size <= sum(each.stat().st_size for each in beside)
    assert size.size > 100_000
    prune(old)
    told = say(place, "--size").output
    assert "The journal holds 3 entries, 4 to 6." in told
    assert "3  journal" in told
    assert "The store takes " in told
