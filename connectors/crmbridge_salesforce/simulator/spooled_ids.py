"""The ids a query found, kept out of memory for as long as its cursor lives."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Sequence
from itertools import count
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from crmbridge.simulation import StateFile

_numbers = count(1)
_CREATE = "CREATE TEMP TABLE IF NOT EXISTS spool(list, place, id, PRIMARY KEY(list, place))"


class SpooledIds(Sequence[str]):
    """A list of ids in a temporary table of the state file; gone with the object."""

    def __init__(self, file: StateFile) -> None:
        self._file = file
        self._number = next(_numbers)
        self._length = 0
        file.execute(_CREATE)
        weakref.finalize(self, _drop, file, self._number)

    @classmethod
    def selected(
        cls, file: StateFile, select: str, parameters: tuple[object, ...]
    ) -> Sequence[str]:
        """What a statement with an order of its own answers in its only column ``id``."""
        made = cls(file)
        made._fill(select, parameters)
        return made

    @classmethod
    def sorted(cls, file: StateFile, ids: Iterable[tuple[int, str]]) -> Sequence[str]:
        """Ids in the order of the numbers they come with, among ties as they come."""
        file.execute("CREATE TEMP TABLE IF NOT EXISTS heap(number INTEGER, id TEXT)")
        file.execute("DELETE FROM heap")
        file.executemany("INSERT INTO heap VALUES (?, ?)", ids)
        made = cls(file)
        made._fill("SELECT id FROM heap ORDER BY number, rowid", ())
        file.execute("DELETE FROM heap")
        return made

    def _fill(self, select: str, parameters: tuple[object, ...]) -> None:
        filled = self._file.execute(
            "INSERT INTO spool "
            f"SELECT {self._number}, row_number() OVER () - 1, id FROM ({select})",
            parameters,
        )
        self._length = filled.rowcount

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, place: int) -> str: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[str]: ...

    def __getitem__(self, place: int | slice) -> str | Sequence[str]:
        chosen = range(self._length)[place]
        if isinstance(chosen, int):
            return self[chosen : chosen + 1][0]
        if chosen.step != 1:
            raise ValueError("a page is a run of neighbours")
        found = self._file.execute(
            "SELECT id FROM spool WHERE list = ? AND place >= ? AND place < ? ORDER BY place",
            (self._number, chosen.start, chosen.stop),
        )
        return [record_id for (record_id,) in found]


def _drop(file: StateFile, number: int) -> None:
    file.forget("DELETE FROM spool WHERE list = ?", number)
