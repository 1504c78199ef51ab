"""Everything that the store holds about one person, for a person who asks to see it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from crmbridge.store import Transaction


def export_person(tx: Transaction, uid: str, now: datetime) -> dict[str, Any]:
    """One JSON document; every part in plain words, empty ones too, so that it can be seen that
    nothing was left out."""
    traces = tx.traces(uid)
    return {
        "about": "Everything that crmbridge holds about one person",
        "person": uid,
        "former_ids": sorted(traces.uids - {uid}),
        "made_at": now.isoformat(),
        "accounts": dict(sorted(tx.bound_accounts().items())),
        "parts": [
            {
                "what": each.part.name,
                "table": each.part.table.name,
                "on_erasure": each.part.fate.value,
                "entries": list(each.rows),
            }
            for each in tx.holdings(traces)
        ],
    }
