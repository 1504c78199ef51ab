"""The same store in memory, in a file and on a PostgreSQL server: every test runs on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from postgres import PostgresServer

from crmbridge.store import Store
from crmbridge.store_place import StorePlace

Tamper = Callable[[str], None]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that names a ``place`` opens the store there once more, which memory cannot offer."""
    if "where" in metafunc.fixturenames:
        alone = [] if "place" in metafunc.fixturenames else ["memory"]
        metafunc.parametrize("where", [*alone, "sqlite", "postgresql"], indirect=True)


@pytest.fixture
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StorePlace]:
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database() as place:
            yield place
    else:
        yield StorePlace(path=tmp_path / "bridge.db" if request.param == "sqlite" else None)


@pytest.fixture
def empty(place: StorePlace, request: pytest.FixtureRequest) -> Iterator[StorePlace]:
    """A place where there is nothing yet."""
    if place.url is None:
        yield place
    else:
        server: PostgresServer = request.getfixturevalue("postgres")
        with server.database(empty=True) as nothing:
            yield nothing


@pytest.fixture
def place(where: StorePlace) -> StorePlace:
    """Where the store is that others can open, too."""
    return where


@pytest.fixture
def store(where: StorePlace) -> Iterator[Store]:
    with Store.open(where) as opened:
        yield opened


@pytest.fixture
def tamper(store: Store) -> Tamper:
    """Does behind the store's back what its queries would not."""

    def change(statements: str) -> None:
        with store.writing() as connection:
            for each in statements.split(";"):
                connection.exec_driver_sql(each)

    return change
