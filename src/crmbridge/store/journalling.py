"""The append-only journal, chained by hashes over salted digests.

The chain proves that nothing was changed or left out; the values themselves lie in a table of
their own, so that they can be erased without breaking it.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select

from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.store import codec
from crmbridge.store.queries import Queries
from crmbridge.store.tables import journal, journal_values

_START = "0" * 64
_ANCHOR = "journal_anchor"
_LAST = select(journal.c.seq, journal.c.hash).order_by(journal.c.seq.desc()).limit(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """The last entry that was let go for its age: on its hash hangs the chain."""

    seq: int
    hash: str
    at: datetime


class JournalQueries(Queries):
    """Writing, reading and proving the journal."""

    def write_journal(self, *entries: JournalEntry) -> int:
        """Append entries in order; the number of the last one."""
        seq, previous = self._last()
        links: list[dict[str, Any]] = []
        values: list[dict[str, Any]] = []
        for entry in entries:
            seq += 1
            payload, salt = codec.encode_payload(entry.payload), secrets.token_hex(16)
            digest = _digest(salt, payload)
            previous = _link(previous, seq, entry.kind, entry.uid, entry.at, digest)
            links.append(
                {
                    "seq": seq,
                    "kind": entry.kind.value,
                    "uid": entry.uid,
                    "at": entry.at,
                    "digest": digest,
                    "hash": previous,
                }
            )
            values.append({"seq": seq, "salt": salt, "payload": payload})
        self._add(journal, links)
        self._add(journal_values, values)
        return seq

    def _last(self) -> tuple[int, str]:
        """Number and hash of the last entry, which may have been let go already."""
        last = self._connection.execute(_LAST).one_or_none()
        if last is not None:
            return last.seq, last.hash
        anchor = self.journal_anchor()
        return (anchor.seq, anchor.hash) if anchor else (0, _START)

    def journal(
        self,
        uid: str | None = None,
        *,
        kinds: Collection[JournalKind] = (),
        since: datetime | None = None,
        until: datetime | None = None,
        by: str | None = None,
        after: int = 0,
        limit: int | None = None,
    ) -> list[JournalEntry]:
        """Entries with a number above ``after`` in order; an erased payload is empty.

        Only those about a person, of some ``kinds``, from ``since`` on and before ``until``, or
        of acts for which the operator ``by`` answers.
        """
        statement = (
            select(journal, journal_values.c.payload)
            .outerjoin(journal_values, journal_values.c.seq == journal.c.seq)
            .where(journal.c.seq > after)
            .order_by(journal.c.seq)
            .limit(limit)
        )
        if uid is not None:
            statement = statement.where(journal.c.uid == uid)
        if kinds:
            statement = statement.where(journal.c.kind.in_(sorted(kinds)))
        if since is not None:
            statement = statement.where(journal.c.at >= since)
        if until is not None:
            statement = statement.where(journal.c.at < until)
        if by is not None:
            # As `encode_payload` writes it; within a text its quotes would be escaped.
            named = codec.encode_payload({"by": by})[1:-1]
            statement = statement.where(journal_values.c.payload.contains(named, autoescape=True))
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
        return self._last()[0]

    def journal_head(self) -> str:
        """The hash of the last entry: who notes it down can prove later that it was there."""
        return self._last()[1]

    def journal_anchor(self) -> Anchor | None:
        """On what the chain hangs; ``None`` where it is whole."""
        text = self._noted(_ANCHOR)
        if text is None:
            return None
        data = json.loads(text)
        return Anchor(seq=data["seq"], hash=data["hash"], at=datetime.fromisoformat(data["at"]))

    def keep_anchor(self, anchor: Anchor) -> None:
        """Let the chain hang on this entry; the ones up to it are gone."""
        data = {"seq": anchor.seq, "hash": anchor.hash, "at": anchor.at.isoformat()}
        self._note(_ANCHOR, json.dumps(data))

    def erase_journal_values(self, uid: str) -> int:
        """Forget what the entries about a person said; that they exist stays provable."""
        about = select(journal.c.seq).where(journal.c.uid == uid)
        done = self._connection.execute(
            delete(journal_values).where(journal_values.c.seq.in_(about))
        )
        return done.rowcount

    def verify_journal(self) -> int | None:
        """The number of the first entry that was tampered with or is missing; ``None`` if none
        was. Entries that were let go for their age are proved by the anchor, and the anchor by
        what the chain says of it."""
        anchor = self.journal_anchor()
        previous, expected = (anchor.hash, anchor.seq + 1) if anchor else (_START, 1)
        said: object = None
        statement = (
            select(journal, journal_values.c.salt, journal_values.c.payload)
            .outerjoin(journal_values, journal_values.c.seq == journal.c.seq)
            .order_by(journal.c.seq)
        )
        with self._rows_in_portions(statement) as rows:
            for row in rows:
                kind = JournalKind(row.kind)
                linked = _link(previous, row.seq, kind, row.uid, row.at, row.digest)
                kept = row.payload is None or _digest(row.salt, row.payload) == row.digest
                if row.seq != expected or row.hash != linked or not kept:
                    return expected
                previous, expected = row.hash, expected + 1
                if kind is JournalKind.PRUNED and row.payload is not None:
                    said = json.loads(row.payload)["upto"]
        if anchor is not None and said != anchor.seq:
            return said + 1 if isinstance(said, int) else anchor.seq
        return None


def _digest(salt: str, payload: str) -> str:
    return hashlib.sha256(f"{salt}{payload}".encode()).hexdigest()


def _link(previous: str, seq: int, kind: JournalKind, uid: str, at: datetime, digest: str) -> str:
    parts = (previous, str(seq), kind.value, uid, at.isoformat(timespec="microseconds"), digest)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
