"""What a rule book that is not in force would have decided, beside the live decisions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select

from crmbridge.core.decision import Decision
from crmbridge.core.standing import Standing
from crmbridge.store import codec
from crmbridge.store.queries import ANY_OF, Queries
from crmbridge.store.tables import links, shadows

_DIGEST, _SINCE = "shadow_digest", "shadow_since"
_STANDINGS = select(shadows.c.uid, shadows.c.standing).where(shadows.c.uid.in_(ANY_OF))


class ShadowQueries(Queries):
    """One candidate rule book at a time; another one starts afresh."""

    def begin_shadow(self, digest: str, now: datetime) -> bool:
        """Follow this candidate from now on; whether it is another than before."""
        if self._noted(_DIGEST) == digest:
            return False
        self._connection.execute(delete(shadows))
        self._note(_DIGEST, digest)
        self._note(_SINCE, now.isoformat())
        return True

    def shadow_since(self) -> datetime | None:
        """Since when the candidate is followed."""
        value = self._noted(_SINCE)
        return datetime.fromisoformat(value) if value else None

    def linked_uids(self) -> list[str]:
        """Everyone for whom a record stands, in order."""
        return list(self._connection.scalars(select(links.c.uid).distinct().order_by(links.c.uid)))

    def shadow_due(self, now: datetime) -> list[str]:
        """Everyone about whom the candidate would decide again."""
        return list(
            self._connection.scalars(
                select(shadows.c.uid)
                .where(shadows.c.next_review_at <= now)
                .order_by(shadows.c.next_review_at, shadows.c.uid)
            )
        )

    def shadow_standings(self, uids: Iterable[str]) -> dict[str, Standing]:
        """Person → what the candidate has decided so far, where it has."""
        rows = self._rows_about(_STANDINGS, uids)
        return {row.uid: codec.decode_standing(row.standing) for row in rows}

    def save_shadows(self, decisions: Iterable[Decision]) -> None:
        """Remember the candidate's decisions."""
        self._upsert(
            shadows,
            [
                {
                    "uid": decision.uid,
                    "stage": decision.stage.value,
                    "score": decision.score.total if decision.score else None,
                    "next_review_at": decision.next_review_at,
                    "standing": codec.encode_standing(decision.standing),
                }
                for decision in decisions
            ],
        )
