"""The tables of an org, in memory or in a state file, and the writes that can be undone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crmbridge_salesforce.simulator.disk_table import DiskTable
from crmbridge_salesforce.simulator.table import Row, Table

if TYPE_CHECKING:
    from crmbridge.simulation import StateFile
    from crmbridge_salesforce.simulator.schema import Schema, SObject


class Store:
    """The tables of one API; writes within ``transaction`` are undone if it raises.

    With a ``file`` they lie there, those of this API under the name ``room``.
    """

    def __init__(self, schema: Schema, file: StateFile | None = None, room: str = "") -> None:
        def table(sobject: SObject) -> Table | DiskTable:
            return Table(sobject) if file is None else DiskTable(sobject, file, room)

        self.schema = schema
        self._tables = {sobject.name: table(sobject) for sobject in schema.objects()}
        self._undo: list[tuple[Table | DiskTable, str, Row | None]] = []
        self._depth = 0

    def table(self, name: str) -> Table | DiskTable:
        """The table of the object with this exact name."""
        return self._tables[name]

    def row(self, record_id: str | None) -> Row | None:
        """The row of any object by its id; None for None, unknown ids and objects."""
        sobject = self.schema.object_of_id(record_id) if record_id else None
        return self._tables[sobject.name].get(record_id) if sobject and record_id else None

    def put(self, name: str, row: Row) -> None:
        """Store or replace a row."""
        table = self._tables[name]
        self._remember(table, row["Id"], table.put(row))

    def remove(self, name: str, record_id: str) -> None:
        """Forget a row for good."""
        table = self._tables[name]
        self._remember(table, record_id, table.remove(record_id))

    def children(self, name: str, field: str, parent_id: str) -> list[Row]:
        """Rows of ``name`` that point to the parent, deleted ones too, ordered by id."""
        return self._tables[name].with_value(field, parent_id)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Undo everything written inside if an exception leaves the block; may be nested."""
        mark = len(self._undo)
        self._depth += 1
        try:
            yield
        except BaseException:
            self._roll_back(mark)
            raise
        finally:
            self._depth -= 1
            if not self._depth:
                self._undo.clear()

    def _remember(self, table: Table | DiskTable, record_id: str, old: Row | None) -> None:
        if self._depth:
            self._undo.append((table, record_id, old))

    def _roll_back(self, mark: int) -> None:
        while len(self._undo) > mark:
            table, record_id, old = self._undo.pop()
            if old is None:
                table.remove(record_id)
            else:
                table.put(old)
