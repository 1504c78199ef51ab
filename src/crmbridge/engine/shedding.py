"""Scarce calls go to what is worth most: the rest is put off, and decided anew when there are more.

What is put off does not lie in the outbox: whoever had something waiting there would not be
decided about, and the stages of these people would wait, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import structlog

from crmbridge.core.model import Side
from crmbridge.core.operations import Lane
from crmbridge.core.shedding import SLOWDOWN, WAITING, Scarcity, scarcity
from crmbridge.ports import Connector
from crmbridge.store import Store

_log = structlog.get_logger(__name__)

_AT_ONCE = 200
"""People given back in one cycle, so that the end of a scarce day breaks no limit."""


class Shedding:
    """How scarce the calls of each side are, and what follows from it."""

    def __init__(self, store: Store, connectors: Mapping[Side, Connector]) -> None:
        self._store = store
        self._connectors = connectors
        self._levels = dict.fromkeys(connectors, Scarcity.PLENTY)

    @property
    def lanes(self) -> dict[Side, frozenset[Lane]]:
        """The lanes that wait, by side."""
        return {side: WAITING[level] for side, level in self._levels.items()}

    @property
    def slowdown(self) -> dict[str, int]:
        """System → how many times as long its cold streams wait."""
        return {self._connectors[side].name: SLOWDOWN[each] for side, each in self._levels.items()}

    def look(self, now: datetime) -> None:
        """See how scarce calls are; put off what waits and should not be sent, and have those
        decided about anew who may have theirs now."""
        for side, connector in self._connectors.items():
            told, before = connector.budget, self._levels[side]
            level = scarcity(told, now, before) if told is not None else before
            self._levels[side] = level
            waiting = WAITING[level]
            taken = 0
            with self._store.transaction() as tx:
                if level > before:
                    taken = tx.take_back_lanes(side, waiting)
                for uid in tx.next_put_off(side, waiting, _AT_ONCE):
                    tx.mark_dirty(tx.links(uid))
            if level is not before:
                tell = _log.warning if level > before else _log.info
                tell(
                    "calls_scarce" if level else "calls_plenty_again",
                    system=connector.name,
                    used=told.used if told else None,
                    limit=told.limit if told else None,
                    waiting=sorted(waiting),
                    put_off=taken,
                )
