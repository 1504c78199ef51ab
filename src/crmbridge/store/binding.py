"""To which two accounts the store belongs, and which rule book was in force there."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update

from crmbridge.errors import ConfigError
from crmbridge.store.queries import Queries
from crmbridge.store.tables import accounts, meta

_RULEBOOK, _DIGEST = "rulebook", "rulebook_digest"


class BindingQueries(Queries):
    """The bond to a portal and an org, what they offer, and the newest rule book."""

    def bind(self, system: str, account_id: str) -> None:
        """Belong to this account from now on; raises ``ConfigError`` if bound to another."""
        bound = self._connection.execute(
            select(accounts.c.account_id).where(accounts.c.system == system)
        ).scalar_one_or_none()
        if bound is None:
            self._insert_new(accounts, [{"system": system, "account_id": account_id}])
        elif bound != account_id:
            raise ConfigError(
                f"store: it belongs to {system} account {bound}, not {account_id}: "
                "use another store, or the credentials of that account"
            )

    def bound_accounts(self) -> dict[str, str]:
        """System → account id."""
        rows = self._connection.execute(select(accounts.c.system, accounts.c.account_id))
        return {row.system: row.account_id for row in rows}

    def offers(self, system: str) -> tuple[str | None, datetime | None]:
        """What this account was last seen to offer, as a fingerprint, and when that was."""
        row = self._connection.execute(
            select(accounts.c.offers, accounts.c.offers_at).where(accounts.c.system == system)
        ).one_or_none()
        return (row.offers, row.offers_at) if row is not None else (None, None)

    def keep_offers(self, system: str, offers: str | None, at: datetime | None) -> None:
        """Remember what this account offers, as seen ``at``; ``None`` to forget it."""
        self._connection.execute(
            update(accounts).where(accounts.c.system == system).values(offers=offers, offers_at=at)
        )

    def begin_rulebook(self, digest: str | None) -> bool:
        """Decide by this rule book from now on, or by ``None``; whether it reads otherwise than the
        one before."""
        if self._noted(_DIGEST) == (digest or ""):
            return False
        self._note(_DIGEST, digest or "")
        return True

    def rulebook(self) -> tuple[str, datetime] | None:
        """Version and first day of the newest rule book that was in force here; ``None`` where
        none was."""
        value = self._noted(_RULEBOOK)
        if value is None:
            return None
        since, _, version = value.partition(" ")
        return version, datetime.fromisoformat(since)

    def keep_rulebook(self, version: str, since: datetime) -> None:
        """Remember that this version, of this first day, is in force; never an older one in place
        of a newer one."""
        known = self.rulebook()
        if known is None or (since, version) > (known[1], known[0]):
            row = {"name": _RULEBOOK, "value": f"{since.isoformat()} {version}"}
            self._upsert(meta, [row])
