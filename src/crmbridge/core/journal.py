"""The journal's entries: what was decided, moved, written, refused, in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class JournalKind(StrEnum):
    """What an entry tells."""

    ADOPTED = "adopted"
    MOVED = "moved"
    DECIDED = "decided"
    WRITTEN = "written"
    PARKED = "parked"
    RETAKEN = "retaken"
    DROPPED = "dropped"
    REPLAYED = "replayed"
    PAUSED = "paused"
    RESUMED = "resumed"
    CONFLICT = "conflict"
    REVIEW = "review"
    SHADOW = "shadow"
    HELD = "held"
    APPROVED = "approved"
    RECONCILED = "reconciled"
    UNDONE = "undone"
    RESOLVED = "resolved"
    ALIGNED = "aligned"
    ERASED = "erased"
    READMITTED = "readmitted"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """One line of the journal, about the bridge itself where ``uid`` is empty.

    ``payload`` is plain JSON data and may hold personal values.

    ``seq`` is given by the store, counting from 1 without gaps.
    """

    kind: JournalKind
    uid: str
    at: datetime
    payload: Mapping[str, object]
    seq: int = 0
