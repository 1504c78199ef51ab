"""The store: whether it can be used, of which version it is, and who is at work on it."""

from __future__ import annotations

from typing import Final

from crmbridge.errors import ConfigError
from crmbridge.findings import Finding, error, fine, unseen, warning
from crmbridge.settings import Settings
from crmbridge.store import Store
from crmbridge.store.leases import TURN, WRITER, Lease

_CHECK: Final = "store"


def examine_store(settings: Settings) -> tuple[Store | None, list[Finding]]:
    """The store, opened to read, where it can be; and what is to be said about it."""
    about = str(settings.store)
    if not settings.store.is_file():
        says = "there is none yet: the first `crmbridge once` or `run` makes it"
        return None, [unseen(_CHECK, about, says)]
    try:
        store = Store.look_at(settings.store)
    except ConfigError as wrong:
        remedy = "use the release of crmbridge that made it, or another store (`store:`)"
        return None, [error(_CHECK, about, str(wrong), remedy)]
    if store is None:
        says = "it is of an older release: the next cycle brings it up to date"
        return None, [unseen(_CHECK, about, says, "back it up first")]
    with store.read() as tx:
        leases = [tx.lease(WRITER), tx.lease(TURN)]
    size = store.size().size / 1_000_000
    findings = [fine(_CHECK, about, f"is of this release; {size:,.1f} MB")]
    findings += [finding for each in leases if (finding := _holder(about, each)) is not None]
    return store, findings


def _holder(about: str, lease: Lease) -> Finding | None:
    if lease.holder is None:
        return None
    if lease.holder.lives() is False:
        return warning(
            "daemon",
            about,
            f"{lease.holder} was at work on the store and has died",
            "start it again: it goes on where it stopped",
        )
    if lease.name == TURN:
        return None
    return fine(
        "daemon",
        about,
        f"{lease.holder} is at work on the store",
        "a second one on the same store is refused: start it with `--standby`, or give it a store "
        "of its own",
    )
