"""How far each object of a stream has been read; what a checkpoint's cursor holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from crmbridge.ports import Checkpoint
from crmbridge_salesforce.records import SYSTEM
from crmbridge_salesforce.soql import Keyset

OVERLAP: Final = timedelta(minutes=10)
"""How much is read again each time. A row's stamp is set inside its transaction and the row
seen only after the commit; a synchronous transaction runs 10 minutes at most (contract §13)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Everything stamped before ``through`` (less the overlap) was read.

    While a reading is under way ``after`` is the last row it got and ``began`` the vendor's
    time at its start, which becomes ``through`` when it ends.
    """

    through: datetime
    after: Keyset | None = None
    began: datetime | None = None

    @property
    def since(self) -> datetime:
        """From which stamp on to read."""
        return self.through - OVERLAP


def write_cursor(positions: Mapping[str, Position]) -> str:
    """The positions as a cursor."""
    return json.dumps({name: _plain(each) for name, each in sorted(positions.items())})


def read_cursor(cursor: str) -> dict[str, Position]:
    """The positions a cursor holds."""
    return {name: _position(each) for name, each in json.loads(cursor).items()}


def checkpoint(stream: str, positions: Mapping[str, Position]) -> Checkpoint:
    """The checkpoint of a stream whose objects have been read so far."""
    return Checkpoint(
        system=SYSTEM,
        stream=stream,
        cursor=write_cursor(positions),
        watermark=min(each.through for each in positions.values()),
    )


def _plain(position: Position) -> dict[str, Any]:
    plain: dict[str, Any] = {"through": position.through.isoformat()}
    if position.began is not None:
        plain["began"] = position.began.isoformat()
    if position.after is not None:
        plain["after"] = [position.after.stamp.isoformat(), position.after.id]
    return plain


def _position(plain: Mapping[str, Any]) -> Position:
    after, began = plain.get("after"), plain.get("began")
    return Position(
        through=datetime.fromisoformat(plain["through"]),
        after=Keyset(stamp=datetime.fromisoformat(after[0]), id=after[1]) if after else None,
        began=datetime.fromisoformat(began) if began else None,
    )
