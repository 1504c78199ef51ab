"""Clicks in mails whose link HubSpot does not tell: security scanners among them are told by a
coarser rule. HubSpot contract §7."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from crmbridge.findings import Burst, Finding, fine, unseen
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.facts import CLICKS
from crmbridge_hubspot.mapping import SYSTEM
from crmbridge_hubspot.totals import total

_CHECK: Final = "click scanners"


def examine_clicks(
    client: HubSpotClient, names: set[str], burst: Burst | None
) -> Iterator[Finding]:
    """One search for contacts whose counter of clicks has risen; none where there is no counter.
    Nothing without a rule book, whose ``burst`` is the rule."""
    if burst is None:
        return
    clicked = 0
    if CLICKS in names:
        clicked = total(client, [{"propertyName": CLICKS, "operator": "GTE", "value": "1"}])
    if not clicked:
        yield fine(_CHECK, SYSTEM, "no contact has clicked in a mail")
        return
    who = "1 contact has" if clicked == 1 else f"{clicked:,} contacts have"
    yield unseen(
        _CHECK,
        SYSTEM,
        f"{who} clicked in mails, and HubSpot counts clicks without telling their links, so that "
        f"the coarser rule is in force: {burst.clicks} clicks or more within "
        f"{burst.within.total_seconds():g} s are a security scanner's and count for nothing",
        "change `scanner_counter` in scoring.yaml if people are taken for scanners, or scanners "
        "for people",
    )
