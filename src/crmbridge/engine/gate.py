"""Who is decided about for good while the bridge goes live step by step, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from crmbridge.core.decide import profile_of
from crmbridge.core.rules import Rules
from crmbridge.core.scope import Scope
from crmbridge.core.view import PersonView
from crmbridge.store import Transaction


class Gate:
    """Lets a batch of people in. Who came into the ``scope`` once stays in; who was outside before
    is new from ``now`` on, so that nothing from the time outside is an event."""

    def __init__(
        self,
        tx: Transaction,
        scope: Scope | None,
        rules: Rules,
        uids: Sequence[str],
        now: datetime,
    ) -> None:
        self._tx = tx
        self._scope = scope
        self._rules = rules
        self._now = now
        self._entered = tx.entered(uids)
        self._began = tx.scope_since() or now
        self._noted: dict[str, datetime | None] = {}

    def since(self, view: PersonView) -> datetime | None:
        """The instant since when the bridge acts for the person; ``None`` where it does not."""
        known = self._entered.get(view.uid)
        if known is not None:
            return known
        if self._scope is None or view.standing is not None:
            return view.go_live
        country = profile_of(view, self._rules).country if self._scope.countries else None
        was_outside = view.uid in self._entered
        if not self._scope.holds(view, country):
            if not was_outside:
                self._noted[view.uid] = None
            return None
        self._noted[view.uid] = self._now if was_outside else self._began
        return self._noted[view.uid]

    def save(self) -> None:
        """Note who came in, and who was seen outside."""
        self._tx.note_scope(self._noted)
