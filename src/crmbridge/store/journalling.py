"""The append-only journal, chained by hashes over salted digests.

The chain proves that nothing was changed or left out; the values themselves lie in a table of
their own, so that they can be erased without breaking it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from datetime import datetime

from sqlalchemy import delete, func, select

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.store import codec
from crmbridge.store.queries import Queries
from crmbridge.store.tables import journal, journal_values

_START = "0" * 64
_LAST = select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)


class JournalQueries(Queries):
    """Writing, reading and proving the journal."""

    def write_journal(self, entry: JournalEntry) -> int:
        """Append an entry; its number."""
        last = self._connection.execute(_LAST).one_or_none()
        seq, previous = (last.seq + 1, last.hash) if last else (1, _START)
        payload, salt = codec.encode_payload(entry.payload), secrets.token_hex(16)
        digest = _digest(salt, payload)
        self._connection.execute(
            journal.insert(),
            {
                "seq": seq,
                "kind": entry.kind.value,
                "uid": entry.uid,
                "at": entry.at,
                "digest": digest,
                "hash": _link(previous, seq, entry.kind, entry.uid, entry.at, digest),
            },
        )
        row = {"seq": seq, "salt": salt, "payload": payload}
        self._connection.execute(journal_values.insert(), row)
        return seq

    def journal(
        self, uid: str | None = None, *, after: int = 0, limit: int | None = None
    ) -> list[JournalEntry]:
        """Entries with a number above ``after`` in order; an erased payload is empty."""
        statement = (
            select(journal, journal_values.c.payload)
            .outerjoin(journal_values, journal_values.c.seq == journal.c.seq)
            .where(journal.c.seq > after)
            .order_by(journal.c.seq)
            .limit(limit)
        )
        if uid is not None:
            statement = statement.where(journal.c.uid == uid)
        return [
            JournalEntry(
                seq=row.seq,
                kind=JournalKind(row.kind),
                uid=row.uid,
                at=row.at,
                payload=json.loads(row.payload) if row.payload else {},
            )
            for row in self._connection.execute(statement)
        ]

    def journal_length(self) -> int:
        """The number of the last entry."""
        return self._connection.execute(select(func.max(journal.c.seq))).scalar_one() or 0

    def erase_journal_values(self, uid: str) -> int:
        """Forget what the entries about a person said; that they exist stays provable."""
        about = select(journal.c.seq).where(journal.c.uid == uid)
        done = self._connection.execute(
            delete(journal_values).where(journal_values.c.seq.in_(about))
        )
        return done.rowcount

    def verify_journal(self) -> int | None:
        """The number of the first entry that was tampered with; ``None`` if none was."""
        previous, expected = _START, 1
        rows = self._connection.execute(
            select(journal, journal_values.c.salt, journal_values.c.payload)
            .outerjoin(journal_values, journal_values.c.seq == journal.c.seq)
            .order_by(journal.c.seq)
        )
        for row in rows:
            kind = JournalKind(row.kind)
            linked = _link(previous, row.seq, kind, row.uid, row.at, row.digest)
            kept = row.payload is None or _digest(row.salt, row.payload) == row.digest
            if row.seq != expected or row.hash != linked or not kept:
                return expected
            previous, expected = row.hash, expected + 1
        return None


def _digest(salt: str, payload: str) -> str:
    return hashlib.sha256(f"{salt}{payload}".encode()).hexdigest()


def _link(previous: str, seq: int, kind: JournalKind, uid: str, at: datetime, digest: str) -> str:
    parts = (previous, str(seq), kind.value, uid, at.isoformat(timespec="microseconds"), digest)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
