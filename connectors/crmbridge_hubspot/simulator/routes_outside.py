"""The visitor door ``/__sim__/visitor/…``: what people outside do. HubSpot contract §7.

A contact is given by ``email`` or ``id``; only a form submission makes an unknown one. Every
act answers ``{"id": <contact id>}``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crmbridge.simulation import AdminRefusal, admin_body, admin_endpoint
from crmbridge_hubspot.simulator.catalogue_contacts import SOURCES
from crmbridge_hubspot.simulator.engagement import (
    BOUNCE_REASONS,
    book_meeting,
    bounce_email,
    engage_with_email,
    mark_marketing,
    quarantine,
    receive_email,
    resubscribe_in_email,
    submit_form,
    unsubscribe_in_email,
    view_page,
)
from crmbridge_hubspot.simulator.errors import HubSpotError
from crmbridge_hubspot.simulator.object_types import CONTACTS
from crmbridge_hubspot.simulator.records import Record
from crmbridge_hubspot.simulator.sales_activity import (
    answer_sales_email,
    call_contact,
    score_contact,
    send_sales_email,
    set_enrolled,
)
from crmbridge_hubspot.simulator.subscriptions import subscription_type
from crmbridge_hubspot.simulator.world import HubSpotWorld

_Act = Callable[[HubSpotWorld, dict[str, Any]], Record]


def visitor_routes(world: HubSpotWorld) -> list[Route]:
    """One POST route per act."""
    return [_route(world, name, act) for name, act in _ACTS.items()]


def _route(world: HubSpotWorld, name: str, act: _Act) -> Route:
    @admin_endpoint
    async def endpoint(request: Request) -> Response:
        body = await admin_body(request)
        try:
            contact = act(world, body)
        except HubSpotError as error:
            raise AdminRefusal(error.status, str(error)) from None
        return JSONResponse({"id": str(contact.id)})

    return Route(f"/__sim__/visitor/{name}", endpoint, methods=["POST"])


def find_contact(world: HubSpotWorld, body: dict[str, Any]) -> Record | None:
    """The contact that ``email`` or ``id`` means, else None; 400 if neither is given."""
    store = world.store(CONTACTS)
    if body.get("id"):
        text = str(body["id"])
        return store.resolve(int(text)) if text.isdecimal() else None
    return store.find("email", text_of(body, "email"))


def known_contact(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    """The contact that ``email`` or ``id`` means; 404 if there is none."""
    contact = find_contact(world, body)
    if contact is None:
        raise AdminRefusal(404, "no such contact")
    return contact


def text_of(body: dict[str, Any], name: str) -> str:
    """A required text field; 400 without it."""
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise AdminRefusal(400, f"{name} is needed")
    return value


def _form(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    return _submit(world, body, text_of(body, "form"))


def _webinar(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    # Webinar tools report a registration as the submission of a form of the webinar's name.
    return _submit(world, body, text_of(body, "name"))


def _submit(world: HubSpotWorld, body: dict[str, Any], form: str) -> Record:
    contact = find_contact(world, body)
    fields = body.get("fields") or {}
    if not isinstance(fields, dict):
        raise AdminRefusal(400, "fields must be an object")
    return submit_form(
        world,
        contact,
        email=contact.value("email") if contact else text_of(body, "email"),
        form=form,
        fields=fields,
        traffic_source=_traffic_source(body),
        page_url=body.get("page_url"),
    )


def _page(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    contact = known_contact(world, body)
    view_page(world, contact, url=text_of(body, "url"), traffic_source=_traffic_source(body))
    return contact


def _traffic_source(body: dict[str, Any]) -> str:
    source = str(body.get("source") or "DIRECT_TRAFFIC")
    if source not in dict(SOURCES):
        raise AdminRefusal(400, f"source must be one of {', '.join(dict(SOURCES))}")
    return source


def _send(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    contact = known_contact(world, body)
    receive_email(world, contact, campaign=body.get("campaign"))
    return contact


def _engage(counter: str) -> _Act:
    def act(world: HubSpotWorld, body: dict[str, Any]) -> Record:
        contact = known_contact(world, body)
        engage_with_email(world, contact, counter=counter, campaign=body.get("campaign"))
        return contact

    return act


def _bounce(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    contact = known_contact(world, body)
    reason = text_of(body, "reason")
    if reason not in BOUNCE_REASONS:
        raise AdminRefusal(400, f"reason must be one of {', '.join(BOUNCE_REASONS)}")
    bounce_email(world, contact, reason=reason)
    return contact


def _on_contact(perform: Callable[[HubSpotWorld, Record], None]) -> _Act:
    def act(world: HubSpotWorld, body: dict[str, Any]) -> Record:
        contact = known_contact(world, body)
        perform(world, contact)
        return contact

    return act


def _unsubscribe(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    """``subscription``, the id of one type, is left out to unsubscribe from everything."""
    contact, given = known_contact(world, body), body.get("subscription")
    kind = None if given is None else subscription_type(given)
    if given is not None and kind is None:
        raise AdminRefusal(400, f"there is no subscription {given}")
    unsubscribe_in_email(world, contact, kind)
    return contact


def _meeting(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    contact = known_contact(world, body)
    book_meeting(world, contact, page=str(body.get("page") or "Meetings page"))
    return contact


def _marketing(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    contact, on = known_contact(world, body), body.get("on")
    if not isinstance(on, bool):
        raise AdminRefusal(400, "on must be true or false")
    mark_marketing(world, contact, marketing=on)
    return contact


def _score(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    contact = known_contact(world, body)
    given = {name: body[name] for name in _SCORES if name in body}
    if not given or not all(isinstance(one, int | float) for one in given.values()):
        raise AdminRefusal(400, f"a number is needed for one of {', '.join(_SCORES)}")
    score_contact(world, contact, {name: str(value) for name, value in given.items()})
    return contact


def _event(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    """``name`` is the event's without the portal's prefix; ``seconds_ago`` when it occurred, where
    the portal is told of it late."""
    contact, now = known_contact(world, body), world.clock.now()
    ago = body.get("seconds_ago", 0)
    if not isinstance(ago, int | float):
        raise AdminRefusal(400, "seconds_ago must be a number")
    world.events.add(
        f"pe{world.portal_id}_{text_of(body, 'name')}",
        contact.id,
        at=now - timedelta(seconds=ago),
        told_at=now,
    )
    return contact


_SCORES = ("hubspotscore", "hs_predictivecontactscore_v2")
_ACTS: dict[str, _Act] = {
    "form": _form,
    "webinar": _webinar,
    "page": _page,
    "send": _send,
    "open": _engage("open"),
    "click": _engage("click"),
    "reply": _engage("replied"),
    "sales_send": _on_contact(send_sales_email),
    "sales_open": _on_contact(partial(answer_sales_email, how="opened")),
    "sales_click": _on_contact(partial(answer_sales_email, how="clicked")),
    "sales_reply": _on_contact(partial(answer_sales_email, how="replied")),
    "bounce": _bounce,
    "quarantine": _on_contact(quarantine),
    "unsubscribe": _unsubscribe,
    "resubscribe": _on_contact(resubscribe_in_email),
    "meeting": _meeting,
    "call": _on_contact(call_contact),
    "enroll": _on_contact(partial(set_enrolled, enrolled=True)),
    "unenroll": _on_contact(partial(set_enrolled, enrolled=False)),
    "marketing": _marketing,
    "score": _score,
    "event": _event,
}
