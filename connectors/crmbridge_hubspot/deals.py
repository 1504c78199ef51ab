"""Deals that are kept in HubSpot: whose they are, and how they came to their stages. HubSpot
contract §4, §10.

HubSpot keeps the history of a deal's stage and of whether that stage closes it, so that opening,
winning and losing have their own instants. A deal that HubSpot's own connector copied from a
Salesforce opportunity is left to Salesforce: one deal must not count twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from crmbridge.core import fields as f
from crmbridge.core.facts import DealDetail, Fact, FactKind
from crmbridge.core.model import ObjectType, Record, Ref
from crmbridge.ports import Page
from crmbridge_hubspot.batch_reading import read_batch
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.histories import Version, versions_of
from crmbridge_hubspot.mapping import ref

STREAM = "deals"

_DEALS = "/crm/v3/objects/deals"
_CONTACTS_OF = "/crm/v4/associations/deals/contacts/batch/read"
_STAGE, _CLOSED, _WON = "dealstage", "hs_is_closed", "hs_is_closed_won"
_REASON = "closed_lost_reason"
_HISTORY = (_STAGE, _CLOSED, _WON, _REASON)
_BATCH_WITH_HISTORY = 50
_CALCULATED = timedelta(seconds=1)
"""How long after a stage was set what it means may be entered."""


def complete_deals(client: HubSpotClient, page: Page) -> Page:
    """The page's deals with their contacts and what their histories tell; two calls for each 50
    deals, none where there are none. Copies of opportunities are left out."""
    own = [each for each in page.records if not each.fields.get(f.PEER_DEAL_ID)]
    living = [each.ref.id for each in own if not each.deleted]
    contacts: dict[str, tuple[str, ...]] = {}
    facts: list[Fact] = []
    for begin in range(0, len(living), _BATCH_WITH_HISTORY):
        ids = living[begin : begin + _BATCH_WITH_HISTORY]
        contacts |= _contacts_of(client, ids)
        found = read_batch(client, _DEALS, ids, properties=["createdate"], history=_HISTORY)
        facts += [fact for item in found.items for fact in deal_facts(item)]
    records = [_with_contacts(each, contacts.get(each.ref.id, ())) for each in own]
    return replace(page, records=tuple(records), facts=tuple(facts))


def _with_contacts(record: Record, contacts: tuple[str, ...]) -> Record:
    """Who belongs to a deal is no property of it, and changes without a stamp of its own."""
    digest = hashlib.sha256(";".join(contacts).encode()).hexdigest()[:8]
    return replace(
        record,
        version=f"{record.version}+{digest}",
        fields={**record.fields, f.CONTACT_IDS: contacts},
    )


def _contacts_of(client: HubSpotClient, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Deal id → the ids of its contacts. One call, and one more for each page of a deal that has
    more contacts than a page."""
    found: dict[str, list[str]] = {}
    inputs: list[dict[str, str]] = [{"id": each} for each in ids]
    while inputs:
        reply = client.post(_CONTACTS_OF, {"inputs": inputs})
        inputs = []
        for item in reply.body.get("results") or ():
            identity = str(item["from"]["id"])
            found.setdefault(identity, []).extend(str(to["toObjectId"]) for to in item["to"])
            after = ((item.get("paging") or {}).get("next") or {}).get("after")
            if after:
                inputs.append({"id": identity, "after": str(after)})
    return {identity: tuple(dict.fromkeys(each)) for identity, each in found.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """The deal entered ``stage`` at an instant."""

    stage: str
    at: datetime
    kind: FactKind


def deal_facts(data: Mapping[str, Any]) -> list[Fact]:
    """Opened, won and lost, each at the instant its stage was set. Moves between stages of one
    meaning are none; a deal that was won or lost and is open again is opened again."""
    history = {
        name: versions_of(items)
        for name, items in (data.get("propertiesWithHistory") or {}).items()
    }
    deal = ref(ObjectType.DEAL, str(data["id"]))
    steps = list(_steps(history))
    if not steps:
        return []
    first = replace(steps[0], kind=FactKind.DEAL_OPENED)
    facts = [_fact(deal, first, f"{deal}:opened")]
    known = FactKind.DEAL_OPENED
    for step in steps:
        if step.kind is not known:
            millis = int(step.at.timestamp() * 1000)
            facts.append(_fact(deal, step, f"{deal}:{step.kind.removeprefix('deal_')}:{millis}"))
            known = step.kind
    if known is FactKind.DEAL_LOST:
        facts = [*facts[:-1], *_explained(facts[-1], history.get(_REASON, ()))]
    return facts


def _steps(history: Mapping[str, Sequence[Version]]) -> Iterator[_Step]:
    stages = history.get(_STAGE, ())
    for number, version in enumerate(stages):
        following = stages[number + 1].at if number + 1 < len(stages) else None
        # What a stage means is calculated after it was set, and before the next one.
        by = (
            version.at + _CALCULATED
            if following is None
            else min(version.at + _CALCULATED, following - timedelta(microseconds=1))
        )
        kind = FactKind.DEAL_OPENED
        if _holds(history.get(_WON, ()), by):
            kind = FactKind.DEAL_WON
        elif _holds(history.get(_CLOSED, ()), by):
            kind = FactKind.DEAL_LOST
        yield _Step(stage=version.value, at=version.at, kind=kind)


def _holds(versions: Sequence[Version], by: datetime) -> bool:
    said = [version.value for version in versions if version.at <= by]
    return bool(said) and said[-1] == "true"


def _fact(deal: Ref, step: _Step, key: str) -> Fact:
    return Fact(key=key, ref=deal, kind=step.kind, at=step.at, detail=DealDetail(stage=step.stage))


def _explained(loss: Fact, reasons: Sequence[Version]) -> Iterator[Fact]:
    """The loss with the reason that was there when it was lost; a reason that is given or changed
    later is feedback of its own."""
    detail = loss.detail
    if not isinstance(detail, DealDetail):
        yield loss
        return
    before = [each.value for each in reasons if each.at <= loss.at + _CALCULATED]
    yield replace(loss, detail=_because(detail, before[-1] if before else ""))
    for each in reasons:
        if each.at > loss.at + _CALCULATED and each.value:
            millis = int(each.at.timestamp() * 1000)
            yield replace(loss, key=f"{loss.key}:{millis}", detail=_because(detail, each.value))


def _because(detail: DealDetail, text: str) -> DealDetail:
    """HubSpot has one field for both: a word of the rule book is the reason, and all of it what
    the rep said."""
    return replace(detail, reason=text or None, details=text or None)
