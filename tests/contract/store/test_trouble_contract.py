"""A store that is full, read-only, locked or gone for a while: one line, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lease_clock import LeaseClock
from postgres import PostgresServer

from crmbridge.core.model import ObjectType, Ref
from crmbridge.errors import ConfigError, FatalError, LeaseLost, StoreUnavailable
from crmbridge.store import Store, backend, open_existing
from crmbridge.store.holder import Holder
from crmbridge.store.patience import NoRival, StandBy
from crmbridge.store_place import StorePlace

NOW = datetime(2026, 6, 9, 14, 0, tzinfo=UTC)
REMEDY = NoRival("end that one first")
MANY = [Ref(system="hubspot", object_type=ObjectType.CONTACT, id=f"{n:0200}") for n in range(2000)]
Break = Callable[[], Callable[[], None]]


@pytest.fixture
def fill(store: Store, place: StorePlace, postgres: PostgresServer) -> Break:
    """Take away the room; what comes back gives it back."""

    def on_postgresql() -> Callable[[], None]:
        # What the server says where its disk has no room left.
        postgres.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE "
            "'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$",
            place,
        )
        postgres.execute(
            "CREATE TRIGGER t BEFORE INSERT ON inbox FOR EACH ROW EXECUTE FUNCTION full_disk()",
            place,
        )
        return lambda: postgres.execute("DROP TRIGGER t ON inbox", place)

    def on_sqlite() -> Callable[[], None]:
        pragma(store, f"max_page_count={store.size().size // 4096 + 5}")
        return lambda: pragma(store, "max_page_count=100000")

    return on_postgresql if place.url else on_sqlite


@pytest.fixture
def forbid(store: Store, place: StorePlace, postgres: PostgresServer) -> Break:
    """Allow nothing but reading, as after a file system's error or a failover."""
    name = str(place.url).partition("?")[0].rpartition("/")[2]

    def on_postgresql() -> Callable[[], None]:
        def allow(value: str) -> None:
            postgres.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')
            postgres.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
            )

        allow("on")
        return lambda: allow("off")

    def on_sqlite() -> Callable[[], None]:
        pragma(store, "query_only=ON")
        return lambda: pragma(store, "query_only=OFF")

    return on_postgresql if place.url else on_sqlite


def pragma(store: Store, setting: str) -> None:
    with store._engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA {setting}")


@pytest.mark.parametrize(("trouble", "said"), [("fill", "is full"), ("forbid", "is read-only")])
def test_what_cannot_be_written_is_said_in_a_line_and_written_once_it_can_be(
    trouble: str, said: str, store: Store, place: StorePlace, request: pytest.FixtureRequest
) -> None:
    with store.lease("run", REMEDY), store.turn("run", 0):
        with store.transaction() as tx:
            tx.begin_go_live(NOW)
        mend = request.getfixturevalue(trouble)()
        for _ in range(2):
            with pytest.raises(StoreUnavailable, match=said) as told, store.transaction() as tx:
                tx.mark_dirty(MANY)
            assert "\n" not in str(told.value)
            assert str(place) in str(told.value)
            with store.read() as tx:
                assert (NOW, []) == (tx.go_live(), tx.dirty_refs())
        mend()
        with store.transaction() as tx:
            tx.mark_dirty(MANY)
    with store.read() as tx:
        assert MANY == tx.dirty_refs()


def test_a_turn_that_could_not_be_given_back_is_our_own_again_at_once(
    store: Store, place: StorePlace, forbid: Break
) -> None:
    with Store.open(place, clock=LeaseClock()) as daemon, daemon.lease("run", REMEDY):
        pool, store._engine = store._engine, daemon._engine
        with daemon.turn("run", 0):
            mend = forbid()
        mend()
        with daemon.turn("run", 0):
            daemon.confirm()
        daemon.confirm()
        store._engine = pool


def test_a_turn_that_is_ours_is_not_taken_twice(store: Store, place: StorePlace) -> None:
    with (
        Store.open(place, clock=LeaseClock()) as daemon,
        daemon.turn("run", 0),
        pytest.raises(Exception, match="it is the turn of crmbridge run"),
        daemon.turn("run", 3),
    ):
        raise AssertionError


@pytest.fixture
def served(postgres: PostgresServer) -> Iterator[StorePlace]:
    with postgres.database() as place:
        yield place


def test_a_restart_of_the_server_undoes_what_was_open_and_takes_nothing_else(
    served: StorePlace, postgres: PostgresServer
) -> None:
    with Store.open(served) as store, store.lease("run", REMEDY):
        with store.transaction() as tx:
            tx.begin_go_live(NOW)

        def cut_off() -> None:
            with store.turn("run", 0), store.transaction() as tx:
                tx.mark_dirty(MANY)
                postgres.stop()
                tx.mark_dirty(MANY)

        with pytest.raises(StoreUnavailable, match=r"postgresql://.*does not answer") as told:
            cut_off()
        assert "\n" not in str(told.value)
        with pytest.raises(StoreUnavailable, match="does not answer"), store.read():
            raise AssertionError
        postgres.start()
        with store.turn("run", 0), store.transaction() as tx:
            assert (NOW, []) == (tx.go_live(), tx.dirty_refs())


def test_a_standby_waits_through_a_restart_of_the_server_and_says_so_once(
    served: StorePlace, postgres: PostgresServer
) -> None:
    clock, missed, told = LeaseClock(), list[StoreUnavailable](), list[Holder]()
    with (
        Store.open(served, clock=clock) as daemon,
        Store.open(served, clock=clock) as other,
        ExitStack() as running,
    ):
        running.enter_context(daemon.lease("run", REMEDY))
        clock.plan(5, postgres.stop)
        clock.plan(12, postgres.start)
        clock.plan(20, running.close)
        with other.lease("run", StandBy(told.append, miss=missed.append)):
            assert pytest.approx(20, abs=1.01) == clock.elapsed()
    assert (1, 1) == (len(missed), len(told))


def test_the_server_ends_a_transaction_in_which_somebody_was_frozen(
    served: StorePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite the holder of the lock must be killed; here the standby need not wait for that."""
    from crmbridge.store import postgresql

    monkeypatch.setattr(postgresql, "FROZEN", 200)
    clock = LeaseClock()
    with (
        Store.open(served, clock=clock) as daemon,
        Store.open(served, clock=clock) as other,
        daemon.lease("run", REMEDY),
    ):

        def freeze() -> None:
            with daemon.transaction() as tx:
                tx.begin_go_live(NOW)
                threading.Event().wait(0.5)
                with other.lease("run", StandBy(lambda _: None)), other.transaction() as theirs:
                    assert theirs.go_live() is None
                tx.mark_dirty(MANY)

        with pytest.raises(StoreUnavailable):
            freeze()
        with pytest.raises(LeaseLost):
            daemon.confirm()


def test_an_operators_write_waits_for_a_cycles_and_sees_what_it_wrote(
    store: Store, place: StorePlace
) -> None:
    seen = []

    def operate() -> None:
        with Store.open(place) as operator, operator.transaction() as tx:
            seen.append((tx.go_live(), len(tx.dirty_refs())))
            tx.clear_dirty(MANY)

    with store.transaction() as tx:
        thread = threading.Thread(target=operate)
        thread.start()
        tx.begin_go_live(NOW)
        thread.join(0.3)
        assert [] == seen
        tx.mark_dirty(MANY)
    thread.join()
    assert [(NOW, len(MANY))] == seen
    with store.read() as tx:
        assert [] == tx.dirty_refs()


def test_a_reader_sees_one_state_and_keeps_nobody_waiting(store: Store, place: StorePlace) -> None:
    with Store.open(place) as reader, reader.read() as tx:
        assert [] == tx.dirty_refs()
        with store.transaction() as writing:
            writing.mark_dirty(MANY)
        assert [] == tx.dirty_refs()
    with store.read() as tx:
        assert MANY == tx.dirty_refs()


def test_who_waits_too_long_for_another_transaction_is_told(
    store: Store, place: StorePlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "BUSY", 20)
    with (
        Store.open(place) as other,
        store.transaction(),
        pytest.raises(StoreUnavailable, match="is busy: another transaction"),
        other.transaction(),
    ):
        raise AssertionError


def test_a_store_of_a_newer_crmbridge_is_left_alone(store: Store, place: StorePlace) -> None:
    with store.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for migrate in (True, False):
        with pytest.raises(ConfigError, match="belongs to a newer crmbridge") as told:
            Store.open(place, migrate=migrate)
        assert "upgrade crmbridge" in str(told.value)


def test_a_database_of_something_else_is_left_alone(empty: StorePlace) -> None:
    with Store.open(empty, migrate=False) as nothing, nothing.writing() as connection:
        connection.exec_driver_sql("CREATE TABLE cats (name TEXT)")
    with pytest.raises(ConfigError, match="something else"):
        Store.open(empty)


def test_a_damaged_file_is_no_passing_trouble(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    with Store.open(path) as store, store.transaction() as tx:
        tx.mark_dirty(MANY)
        roots = tx._connection.exec_driver_sql(
            "SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'inbox'"
        ).all()
    with path.open("r+b") as file:
        for (root,) in roots:
            file.seek((root - 1) * 4096)
            file.write(b"\xff" * 4096)
    with (
        open_existing(path) as store,
        pytest.raises(FatalError, match="restore a backup"),
        store.read() as tx,
    ):
        tx.dirty_refs()


@pytest.mark.parametrize("url", ["postgresql://u:planted-pw@127.0.0.1:1/d", "postgresql://u@h:x/d"])
def test_a_database_that_is_not_there_is_named_without_its_password(url: str) -> None:
    place = StorePlace.of(url).with_password("planted-pw")
    with pytest.raises(ConfigError) as told:
        Store.open(place)
    assert "postgresql://u@" in str(told.value)
    assert "planted" not in str(told.value) + repr(place)
    assert "\n" not in str(told.value)


def test_every_text_is_compared_by_its_bytes(served: StorePlace) -> None:
    """Otherwise the order of references and instants would follow the server's language."""
    with Store.open(served) as store, store.reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT count(*), count(*) FILTER (WHERE collation_name = 'C') "
            "FROM information_schema.columns WHERE table_schema = 'public' "
            "AND table_name <> 'alembic_version' AND data_type LIKE ANY (ARRAY['char%%', 'text'])"
        ).one()
    assert found[0] == found[1] > 100
