"""A dictionary that lies in a simulator's state file instead of in memory."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from crmbridge.simulation.state_file import StateFile

K = TypeVar("K", int, str)
V = TypeVar("V")
_PAGE = 1000


class StoredMapping(MutableMapping[K, V], Generic[K, V]):
    """Read and written entry by entry, iterated in the order of its keys.

    A value read is a copy: whoever changes it sets it again.
    """

    def __init__(self, file: StateFile, collection: str, adapter: TypeAdapter[V]) -> None:
        self._file = file
        self._collection = collection
        self._adapter = adapter

    def __getitem__(self, key: K) -> V:
        found = self._file.execute(
            "SELECT value FROM entries WHERE collection = ? AND key = ?", (self._collection, key)
        ).fetchone()
        if found is None:
            raise KeyError(key)
        return self._adapter.validate_json(found[0])

    def __setitem__(self, key: K, value: V) -> None:
        self._file.execute(
            "INSERT OR REPLACE INTO entries VALUES (?, ?, ?)",
            (self._collection, key, self._adapter.dump_json(value).decode()),
        )

    def __delitem__(self, key: K) -> None:
        gone = self._file.execute(
            "DELETE FROM entries WHERE collection = ? AND key = ?", (self._collection, key)
        )
        if not gone.rowcount:
            raise KeyError(key)

    def __iter__(self) -> Iterator[K]:
        # In pages, so that entries may come and go meanwhile.
        page = self._file.execute(
            "SELECT key FROM entries WHERE collection = ? ORDER BY key LIMIT ?",
            (self._collection, _PAGE),
        ).fetchall()
        while page:
            yield from (key for (key,) in page)
            page = self._file.execute(
                "SELECT key FROM entries WHERE collection = ? AND key > ? ORDER BY key LIMIT ?",
                (self._collection, page[-1][0], _PAGE),
            ).fetchall()

    def __len__(self) -> int:
        counted = self._file.execute(
            "SELECT count(*) FROM entries WHERE collection = ?", (self._collection,)
        ).fetchone()
        return int(counted[0])
