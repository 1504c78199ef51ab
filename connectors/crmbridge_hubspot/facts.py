"""Facts from the history of a contact's engagement properties. HubSpot contract §7.

HubSpot keeps every value of these properties with its instant, so each act is read exactly,
and its key is that instant: reading again, or later, or after other changes, gives the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from crmbridge.core.facts import (
    ConsentDetail,
    Detail,
    EngagementDetail,
    Evidence,
    Fact,
    FactKind,
    NoDetail,
)
from crmbridge.core.model import ObjectType, Ref
from crmbridge_hubspot.histories import Version, versions_of
from crmbridge_hubspot.mapping import instant, ref

_FORMS, _FORM_NAME = "num_conversion_events", "recent_conversion_event_name"
_PAGES, _PAGE_URL = "hs_analytics_num_page_views", "hs_analytics_last_url"
CLICKS = "hs_email_click"
"""A counter: it tells no link."""
_REPLY = "hs_email_last_reply_date"
_SALES_CLICK, _SALES_REPLY = "hs_sales_email_last_clicked", "hs_sales_email_last_replied"
_MEETING = "engagements_last_meeting_booked"
_OPTED_OUT = "hs_email_optout"
_BOUNCE = "hs_email_hard_bounce_reason_enum"
HISTORY = (
    _FORMS,
    _FORM_NAME,
    _PAGES,
    _PAGE_URL,
    CLICKS,
    _REPLY,
    _SALES_CLICK,
    _SALES_REPLY,
    _MEETING,
    _OPTED_OUT,
    _BOUNCE,
)
"""The properties whose history is read."""

LATEST = (
    "recent_conversion_date",
    "hs_analytics_last_timestamp",
    "hs_email_last_click_date",
    _REPLY,
    _SALES_CLICK,
    _SALES_REPLY,
    _MEETING,
)
"""When the contact last did each thing: whether a history is worth reading."""

STATES = (_OPTED_OUT, _BOUNCE)
"""Properties without an instant of their own: any value is worth its history."""

_UNKNOWN_ADDRESS = frozenset({"UNKNOWN_USER"})
"""Only an address that does not exist is bad data; a full mailbox is not."""

_NOT_THE_PERSON = frozenset({"CRM_UI", "API", "IMPORT", "INTEGRATION", "SALESFORCE"})
"""Sources of an opt-in that cannot be the person's own."""


MERGES = "hs_calculated_merged_vids"
"""``id:epochMs;…``: when other contacts were merged into this one. HubSpot contract §6."""

_MERGING = timedelta(seconds=1)
"""How far from a merge its own changes may be stamped."""


def is_worth_reading(properties: Mapping[str, Any], since: datetime) -> bool:
    """Whether a contact may have done something from ``since`` on."""
    if any(properties.get(name) for name in STATES):
        return True
    return any(instant(text) >= since for name in LATEST if (text := properties.get(name)))


def contact_facts(data: Mapping[str, Any]) -> list[Fact]:
    """Every fact that a contact with ``propertiesWithHistory`` shows, oldest first.

    A merge adds the counters of two contacts up, which nobody did: such a rise is no act.
    """
    history = {
        name: versions_of(items)
        for name, items in (data.get("propertiesWithHistory") or {}).items()
    }
    merges = _merges((data.get("properties") or {}).get(MERGES))
    maker = _Maker(ref(ObjectType.CONTACT, str(data["id"])))
    found = [
        *_counted(maker, history, merges, _FORMS, Evidence.FORM, history.get(_FORM_NAME, ())),
        *_counted(maker, history, merges, _PAGES, Evidence.PAGE, history.get(_PAGE_URL, ())),
        *_counted(maker, history, merges, CLICKS, Evidence.CLICK, ()),
        *_dated(maker, history.get(_REPLY, ()), Evidence.REPLY, "reply"),
        *_dated(maker, history.get(_SALES_CLICK, ()), Evidence.CLICK, "sales_click"),
        *_dated(maker, history.get(_SALES_REPLY, ()), Evidence.REPLY, "sales_reply"),
        *_dated(maker, history.get(_MEETING, ()), Evidence.MEETING, "meeting"),
        *_consent(maker, history.get(_OPTED_OUT, ())),
        *_bounces(maker, history.get(_BOUNCE, ())),
    ]
    return sorted(found, key=lambda fact: (fact.at, fact.key))


def _merges(text: Any) -> list[datetime]:
    pairs = (each.partition(":") for each in str(text or "").split(";"))
    return [instant(stamp) for _, _, stamp in pairs if stamp.isdecimal()]


class _Maker:
    """Makes facts of one contact; acts at one instant are told apart by their order."""

    def __init__(self, contact: Ref) -> None:
        self._contact = contact
        self._used: Counter[str] = Counter()

    def make(self, kind: FactKind, word: str, at: datetime, detail: Detail) -> Fact:
        stem = f"{self._contact}:{word}:{int(at.timestamp() * 1000)}"
        self._used[stem] += 1
        nth = self._used[stem]
        key = stem if nth == 1 else f"{stem}:{nth}"
        return Fact(key=key, ref=self._contact, kind=kind, at=at, detail=detail)


def _counted(
    maker: _Maker,
    history: Mapping[str, Sequence[Version]],
    merges: Sequence[datetime],
    counter: str,
    evidence: Evidence,
    names: Sequence[Version],
) -> Iterator[Fact]:
    """One fact per rise of a counter, named by what the name property said then."""
    before = 0
    per_instant: Counter[datetime] = Counter()
    for version in history.get(counter, ()):
        count = int(float(version.value or 0))
        rise, before = count - before, count
        if rise <= 0 or any(abs(version.at - merge) <= _MERGING for merge in merges):
            continue
        name = _name_at(names, version.at, per_instant[version.at])
        per_instant[version.at] += 1
        detail = EngagementDetail(evidence=evidence, name=name, count=rise)
        if evidence is Evidence.PAGE:
            path = urlsplit(name).path or "/"
            detail = EngagementDetail(evidence=evidence, name=path, target=name, count=rise)
        yield maker.make(FactKind.ENGAGEMENT, evidence.value, version.at, detail)


def _name_at(names: Sequence[Version], at: datetime, nth: int) -> str:
    """The name in force at an instant; of several set at that very instant, the n-th."""
    exact = [version.value for version in names if version.at == at]
    if exact:
        return exact[min(nth, len(exact) - 1)]
    earlier = [version.value for version in names if version.at < at]
    return earlier[-1] if earlier else ""


def _dated(
    maker: _Maker, versions: Sequence[Version], evidence: Evidence, word: str
) -> Iterator[Fact]:
    """One fact per value; ``word`` tells the property from others of the same evidence."""
    for version in versions:
        if version.value:
            detail = EngagementDetail(evidence=evidence)
            yield maker.make(FactKind.ENGAGEMENT, word, instant(version.value), detail)


def _consent(maker: _Maker, versions: Sequence[Version]) -> Iterator[Fact]:
    for version in versions:
        detail = ConsentDetail(source="hubspot")
        if version.value == "true":
            yield maker.make(FactKind.OPT_OUT, "opt_out", version.at, detail)
        elif version.value == "false" and version.source not in _NOT_THE_PERSON:
            yield maker.make(FactKind.OPT_IN, "opt_in", version.at, detail)


def _bounces(maker: _Maker, versions: Sequence[Version]) -> Iterator[Fact]:
    for version in versions:
        if version.value in _UNKNOWN_ADDRESS:
            yield maker.make(FactKind.BOUNCE, "bounce", version.at, NoDetail())
