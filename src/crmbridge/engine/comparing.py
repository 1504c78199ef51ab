"""Everyone in a store under two rule books: what each would say if it had always been in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from crmbridge.core.decide import decide
from crmbridge.core.fields import LEAD_SOURCE
from crmbridge.core.model import Side
from crmbridge.core.rules import Rules
from crmbridge.core.view import PersonView
from crmbridge.engine.assembling import Assembler
from crmbridge.engine.cycle import Bridge
from crmbridge.rulebook.diffing import Verdict
from crmbridge.store.queries import portions


def verdicts_in_store(
    bridge: Bridge, before: Rules, after: Rules, now: datetime
) -> Iterator[tuple[str, Verdict, Verdict, str, str]]:
    """Person id, both verdicts, lead source and owner, for everyone the bridge knows.

    No CRM is asked and nothing is stored.
    """
    free_mail = before.score.fit.free_mail_domains | after.score.fit.free_mail_domains
    with bridge.store.read() as tx:
        go_live = tx.go_live() or now
        for uids in portions(tx.linked_uids()):
            known = Assembler(tx, bridge.connectors, frozenset(), go_live, free_mail, uids)
            for view in map(known.view, uids):
                fresh = frozenset(fact.key for fact in view.facts)
                whole = replace(view, standing=None, fresh=fresh)
                found = [_verdict(whole, rules, now) for rules in (before, after)]
                yield view.uid, found[0], found[1], _source(view), _owner(view)


def _verdict(view: PersonView, rules: Rules, now: datetime) -> Verdict:
    decision = decide(view, rules, now)
    return Verdict(
        stage=decision.stage,
        due=decision.sla.due if decision.sla else None,
        list_name=decision.nurture.list_name,
    )


def _source(view: PersonView) -> str:
    for side in (view.sales, view.marketing):
        value = side.record.fields.get(LEAD_SOURCE) if side else None
        if isinstance(value, str):
            return value
    return ""


def _owner(view: PersonView) -> str:
    owner_id = view.sales.record.fields.get("owner_id") if view.sales else None
    owner = view.owners.get(Side.SALES, {}).get(str(owner_id))
    return owner.name if owner else ""
