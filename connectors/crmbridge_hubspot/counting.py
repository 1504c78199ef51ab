"""Counts objects by spans of ids, without reading them. HubSpot contract, search.

The search's total is exact beyond the 10,000 objects that it gives out; its index lags by
seconds to minutes, so what seems to be missing must be read to be believed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from crmbridge.core.model import ObjectType
from crmbridge.ports import Span
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.polling import PATHS

COUNTED: Final = (ObjectType.CONTACT, ObjectType.ACCOUNT)
_PAGE: Final = 200


def count(client: HubSpotClient, spans: Sequence[Span]) -> list[int]:
    """The objects in each span that are not archived; one search each."""
    return [int(_search(client, span, 1)["total"]) for span in spans]


def list_ids(client: HubSpotClient, span: Span) -> Iterator[str]:
    """Their ids in order, 200 a search; each search begins behind the last id."""
    after = span.after
    while True:
        rest = Span(object_type=span.object_type, after=after, upto=span.upto)
        found = [str(each["id"]) for each in _search(client, rest, _PAGE)["results"]]
        yield from found
        if len(found) < _PAGE:
            return
        after = found[-1]


def _search(client: HubSpotClient, span: Span, limit: int) -> dict[str, Any]:
    bounds = (("GT", span.after or "0"), ("LTE", span.upto))
    filters = [
        {"propertyName": "hs_object_id", "operator": operator, "value": value}
        for operator, value in bounds
        if value
    ]
    body = {
        "filterGroups": [{"filters": filters}],
        "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
        "properties": ["hs_object_id"],
        "limit": limit,
    }
    return client.post(f"/crm/v3/objects/{PATHS[span.object_type]}/search", body).body
