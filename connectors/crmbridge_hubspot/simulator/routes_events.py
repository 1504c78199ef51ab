"""Custom events: ``/events/v3``. HubSpot contract §7, §13."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from crmbridge_hubspot.simulator.custom_events import known_by
from crmbridge_hubspot.simulator.errors import validation_error
from crmbridge_hubspot.simulator.instants import parse_milliseconds
from crmbridge_hubspot.simulator.json_fields import objects_in, require_texts
from crmbridge_hubspot.simulator.object_types import CONTACTS
from crmbridge_hubspot.simulator.rendering import next_page
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld

_BASE = "/events/v3"
_MOST_SENT = 500
_LONGEST_PAGE = 100
_MOST_PROPERTIES = 50


def send_event(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Tell of one occurrence. HubSpot contract §13."""
    _take(world, call.object())
    return Answer(status=204)


def send_events(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Tell of up to 500. HubSpot contract §13."""
    inputs = objects_in(call.object())
    if len(inputs) > _MOST_SENT:
        raise validation_error(f"at most {_MOST_SENT} events are taken at once")
    for each in inputs:
        _take(world, each)
    return Answer(status=204)


def read_events(world: HubSpotWorld, call: ApiCall) -> Answer:
    """Occurrences by type, contact and time, oldest first, a page at a time."""
    limit = call.number("limit", default=20, most=_LONGEST_PAGE)
    after = call.text("after")
    if after and not after.isdecimal():
        raise validation_error("after is not a cursor of this resource")
    start = int(after or 0)
    lag = world.configuration.index_lag_seconds
    found = [
        each
        for each in world.events.between(
            _instant(call, "occurredAfter"),
            _instant(call, "occurredBefore"),
            known_by(world.clock.now(), lag),
        )
        if _is_wanted(world, call, each.name, each.contact_id)
    ]
    body: dict[str, Any] = {"results": [each.to_json() for each in found[start : start + limit]]}
    if start + limit < len(found):
        body["paging"] = next_page(str(start + limit), f"{_BASE}/events")
    return Answer(body=body)


def event_types(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The names that ``eventType`` may be."""
    return Answer(body={"eventTypes": world.events.names()})


def _is_wanted(world: HubSpotWorld, call: ApiCall, name: str, contact_id: int) -> bool:
    kind, identity = call.text("objectType"), call.text("objectId")
    if identity and not kind:
        raise validation_error("objectId needs objectType")
    if kind and world.types.named(kind) is not CONTACTS:
        return False
    wanted = call.text("eventType")
    return wanted in ("", name) and identity in ("", str(contact_id))


def _take(world: HubSpotWorld, body: dict[str, Any]) -> None:
    require_texts(body, "eventName")
    name = str(body["eventName"])
    if not name.startswith(f"pe{world.portal_id}_"):
        raise validation_error(f"{name} is no event of portal {world.portal_id}")
    now = world.clock.now()
    at = _parsed(str(body["occurredAt"]), "occurredAt") if body.get("occurredAt") else now
    properties = body.get("properties") or {}
    if not isinstance(properties, dict) or len(properties) > _MOST_PROPERTIES:
        raise validation_error(f"an event has at most {_MOST_PROPERTIES} properties")
    store, identity = world.store(CONTACTS), str(body.get("objectId") or "")
    if identity:
        contact = store.resolve(int(identity)) if identity.isdecimal() else None
    else:
        contact = store.find("email", str(body.get("email") or ""))
    if contact is None:
        return  # accepted all the same: HubSpot looks at events after it has answered
    world.events.add(
        name,
        contact.id,
        at=at,
        told_at=now,
        properties={str(k): str(v) for k, v in properties.items()},
        identity=str(body.get("uuid") or ""),
    )


def _instant(call: ApiCall, name: str) -> datetime | None:
    text = call.text(name)
    return _parsed(text, name) if text else None


def _parsed(text: str, name: str) -> datetime:
    found = parse_milliseconds(text)
    try:
        if found is not None:
            return datetime.fromtimestamp(found / 1000, UTC)
    except (OverflowError, ValueError):
        pass  # an instant of no year that there is
    raise validation_error(f"{name} must be an instant, was {text}")


ROUTES = (
    ApiRoute(method="POST", path=f"{_BASE}/send", handler=send_event, unlimited=True),
    ApiRoute(method="POST", path=f"{_BASE}/send/batch", handler=send_events, unlimited=True),
    ApiRoute(method="GET", path=f"{_BASE}/events/event-types", handler=event_types),
    ApiRoute(method="GET", path=f"{_BASE}/events", handler=read_events),
)
