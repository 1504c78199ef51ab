"""Whether HubSpot would mail those whom crmbridge puts on nurture lists.

Marketing e-mail goes to marketing contacts alone, which the portal pays for (HubSpot Knowledge
Base, *Marketing contacts*); no API makes a contact one.
"""

from __future__ import annotations

from typing import Final

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType
from crmbridge.findings import Finding, fine, warning
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.mapping import SYSTEM, property_of
from crmbridge_hubspot.totals import Filter, total

_CHECK: Final = "nurture mail"
_STATUS: Final = property_of(ObjectType.CONTACT, f.MARKETABLE).name
_TRACK: Final = property_of(ObjectType.CONTACT, f.TRACK).name
_OPT_OUT: Final = property_of(ObjectType.CONTACT, f.OPTED_OUT).name
_NURTURED: Final[Filter] = {"propertyName": _TRACK, "operator": "HAS_PROPERTY"}
_UNMAILED: Final[Filter] = {"propertyName": _STATUS, "operator": "EQ", "value": "false"}
_CONSENT: Final[tuple[Filter, ...]] = (
    {"propertyName": _OPT_OUT, "operator": "NOT_HAS_PROPERTY"},
    {"propertyName": _OPT_OUT, "operator": "EQ", "value": "false"},
)
"""Ways not to have objected: whoever has is on no list, and nobody misses their mail."""


def examine_mail(client: HubSpotClient, names: set[str]) -> Finding:
    """One search, and one more where it finds somebody; none where the portal has no marketing
    contacts, or nobody can have a track yet. ``names`` are the properties of contacts."""
    if not {_STATUS, _TRACK} <= names:
        return fine(_CHECK, SYSTEM, "no contact is kept from nurture mail as non-marketing")
    unmailed = total(client, *([_NURTURED, _UNMAILED, each] for each in _CONSENT))
    if not unmailed:
        return fine(_CHECK, SYSTEM, "nobody with a nurture track is a non-marketing contact")
    nurtured = total(client, *([_NURTURED, each] for each in _CONSENT))
    kind = "is a non-marketing contact" if unmailed == 1 else "are non-marketing contacts"
    return warning(
        _CHECK,
        SYSTEM,
        f"{unmailed:,} of the {nurtured:,} people with a nurture track {kind}: HubSpot sends them "
        "no marketing mail, whatever list they are on",
        "in HubSpot filter contacts by *Nurture track* is known and *Marketing contact status* is "
        "non-marketing, and choose *Set as marketing contacts*, or let a workflow on the nurture "
        "lists do so; they count towards the paid contacts",
    )
