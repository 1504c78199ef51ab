"""Which account a login leads to, and whether its clock and ours agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from crmbridge.findings import Finding, error, fine, unseen, warning
from crmbridge.ports import Identity
from crmbridge.store import Store

_OFF: Final = timedelta(minutes=1)
_FAR_OFF: Final = timedelta(minutes=5)
"""A signed login is good for so long at most, and due instants are told to the minute."""
_REMEDY: Final = "let this machine keep time by NTP (`timedatectl set-ntp true`)"


def clock_of(system: str, identity: Identity, now: datetime) -> Finding:
    """How far our clock is from the CRM's."""
    if identity.at is None:
        return unseen("clock", system, "the CRM did not tell its time")
    skew = now - identity.at
    if abs(skew) < _OFF:
        return fine("clock", system, "our clock and the CRM's agree")
    minutes = abs(skew) / timedelta(minutes=1)
    way = "ahead of" if skew > timedelta(0) else "behind"
    says = f"our clock is {minutes:.0f} min {way} the CRM's"
    if abs(skew) < _FAR_OFF:
        return warning("clock", system, says, _REMEDY)
    return error("clock", system, says, _REMEDY)


def bound_elsewhere(system: str, identity: Identity, store: Store) -> Iterator[Finding]:
    """Whether the store belongs to this account."""
    with store.read() as tx:
        bound = tx.bound_accounts().get(system)
    if bound is not None and bound != identity.account_id:
        yield error(
            "store",
            system,
            f"the store belongs to {system} account {bound}, not {identity.account_id}",
            "use another store (`store:`), or the credentials of that account",
        )
    elif bound is not None:
        yield fine("store", system, f"the store belongs to this account, {bound}")
