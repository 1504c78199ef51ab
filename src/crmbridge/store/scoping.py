"""Since when the bridge acts for whom, while it goes live step by step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import delete, func, literal, select

from crmbridge.store.queries import ANY_OF, Queries
from crmbridge.store.tables import inbox, links, meta, persons, scoped

_GO_LIVE, _SCOPE = "go_live", "scope"
_SCOPED = select(scoped).where(scoped.c.uid.in_(ANY_OF))


class ScopingQueries(Queries):
    """The scope in force, who came into it when, and the go-live instant of everybody."""

    def scope_since(self) -> datetime | None:
        """Since when the present scope is in force; ``None`` where there is none."""
        found = self._scope()
        return datetime.fromisoformat(found["since"]) if found else None

    def _scope(self) -> dict[str, str] | None:
        text = self._noted(_SCOPE)
        return json.loads(text) if text is not None else None

    def begin_scope(self, digest: str, now: datetime) -> None:
        """Act for this scope from now on: where it is another than before everybody is looked at
        anew."""
        known = self._scope()
        if known is not None and known["digest"] == digest:
            return
        value = json.dumps({"digest": digest, "since": now.isoformat()})
        self._note(_SCOPE, value)
        self.mark_everybody_dirty()

    def go_live(self) -> datetime | None:
        """Since when the bridge is live for everybody; ``None`` before."""
        value = self._noted(_GO_LIVE)
        return datetime.fromisoformat(value) if value else None

    def begin_go_live(self, now: datetime) -> None:
        """Act for everybody from now on. Whom the bridge has acted for keeps the instant since when
        it does, everybody else is new at ``now`` and looked at; once more changes nothing."""
        before = self.go_live()
        if before is not None and self._scope() is None:
            return
        self._connection.execute(delete(scoped).where(scoped.c.since.is_(None)))
        if before is not None:
            since = literal(before, scoped.c.since.type)
            kept = select(persons.c.uid, since).where(persons.c.uid.not_in(select(scoped.c.uid)))
            self._connection.execute(scoped.insert().from_select(["uid", "since"], kept))
        self._connection.execute(delete(meta).where(meta.c.name == _SCOPE))
        self._note(_GO_LIVE, now.isoformat())
        self.mark_everybody_dirty()

    def mark_everybody_dirty(self) -> None:
        """Ask for a decision about everybody for whom a record stands."""
        waiting = select(inbox.c.ref)
        everybody = select(links.c.ref).where(links.c.ref.not_in(waiting))
        self._connection.execute(inbox.insert().from_select(["ref"], everybody))

    def entered(self, uids: Iterable[str]) -> dict[str, datetime | None]:
        """Person → since when the bridge acts for them, ``None`` for one who was seen outside; who
        was never looked at is not in it."""
        return {row.uid: row.since for row in self._rows_about(_SCOPED, uids)}

    def note_scope(self, found: Mapping[str, datetime | None]) -> None:
        """Person → since when the bridge acts for them; ``None`` for one seen outside."""
        rows = [{"uid": uid, "since": since} for uid, since in found.items()]
        self._upsert(scoped, rows)

    def unite_scope(self, uid: str, survivor: str) -> None:
        """Who was ``uid`` is ``survivor``: the bridge acts for them if it did for either."""
        known = self.entered([uid, survivor])
        self._connection.execute(delete(scoped).where(scoped.c.uid == uid))
        if known.get(survivor) is None and known.get(uid) is not None:
            self.note_scope({survivor: known[uid]})

    def scope_counts(self) -> tuple[int, int]:
        """How many came into the scope, and how many were seen outside."""
        total, inside = self._connection.execute(
            select(func.count(), func.count(scoped.c.since))
        ).one()
        return inside, total - inside
