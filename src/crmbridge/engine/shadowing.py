"""Decisions of a rule book that is not in force: computed and journalled, never written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from crmbridge.core.decide import decide
from crmbridge.core.decision import Decision
from crmbridge.core.journal import JournalEntry, JournalKind
from crmbridge.core.rules import Rules
from crmbridge.core.standing import Standing
from crmbridge.core.view import PersonView
from crmbridge.store import Transaction


class Shadow:
    """Follows one candidate rule book beside whatever is live."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def begin(self, tx: Transaction, now: datetime) -> list[str]:
        """Who is to be decided about for their time has come; for a new candidate everybody is
        dirty from then on, so that a crash leaves nobody out."""
        if tx.begin_shadow(self.rules.digest, now):
            tx.mark_everybody_dirty()
        return tx.shadow_due(now)

    def decide(
        self,
        view: PersonView,
        past: Standing | None,
        since: datetime,
        live: Decision | None,
        now: datetime,
    ) -> Decision:
        """What the candidate, followed ``since`` then, says about one person of whom it thought
        ``past`` so far.

        Where nothing is live the candidate takes people as they were when it was first
        followed; beside a live rule book it folds everything since that one went live.
        """
        go_live = view.go_live if live is not None else since
        fresh = frozenset(
            fact.key for fact in view.facts if past is None or fact.effective_at > past.decided_at
        )
        return decide(replace(view, standing=past, fresh=fresh, go_live=go_live), self.rules, now)


def shadow_entries(
    decision: Decision, live: Decision | None, now: datetime
) -> Iterable[JournalEntry]:
    """One entry where the candidate moves somebody, or somebody moves without it."""
    if not decision.moves and not (live is not None and live.moves):
        return
    yield JournalEntry(
        kind=JournalKind.SHADOW,
        uid=decision.uid,
        at=now,
        payload={
            "version": decision.rulebook_version,
            "stage": decision.stage.value,
            "score": decision.score.total if decision.score else None,
            "due": decision.sla.due.isoformat() if decision.sla else None,
            "list": decision.nurture.list_name,
            "live_stage": live.stage.value if live is not None else None,
            "moves": [f"{move.before} -> {move.after}: {move.why}" for move in decision.moves],
        },
    )
