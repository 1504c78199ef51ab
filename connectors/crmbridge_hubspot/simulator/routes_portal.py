"""What only HubSpot's screens can do, under ``/__sim__/``: owners, switches, hidden writes."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crmbridge.simulation import AdminRefusal, admin_body, admin_endpoint
from crmbridge_hubspot.simulator.configuration import Configuration, LifecycleBackward
from crmbridge_hubspot.simulator.errors import HubSpotError
from crmbridge_hubspot.simulator.native_connector import (
    SYNC_TIME,
    create_synced,
    sync_record,
)
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.records import Record, Source
from crmbridge_hubspot.simulator.rendering import show_created
from crmbridge_hubspot.simulator.requirements import Requirement
from crmbridge_hubspot.simulator.routes_outside import text_of
from crmbridge_hubspot.simulator.world import HubSpotWorld
from crmbridge_hubspot.simulator.writing import (
    check_change,
    check_values,
    write_internally,
)

_SWITCHES = tuple(one.name for one in fields(Configuration))


def portal_routes(world: HubSpotWorld) -> list[Route]:
    """Routes for owners, tokens, configuration, lifecycle stages and internal writes."""
    return [
        *_owner_routes(world),
        *_token_routes(world),
        *_config_routes(world),
        _stage_route(world),
        _internal_write_route(world),
        _native_sync_route(world),
        _restore_route(world),
        *_requirement_routes(world),
    ]


def _owner_routes(world: HubSpotWorld) -> list[Route]:
    @admin_endpoint
    async def add(request: Request) -> Response:
        """``{"email", "firstName"?, "lastName"?, "queue"?, "teams"?}``: a user, or a queue."""
        body = await admin_body(request)
        teams = body.get("teams") or []
        if not isinstance(teams, list):
            raise AdminRefusal(400, "teams must be a list of names")
        try:
            owner = world.owners.add(
                email=text_of(body, "email"),
                first_name=str(body.get("firstName") or ""),
                last_name=str(body.get("lastName") or ""),
                at=world.clock.now(),
                queue=bool(body.get("queue")),
                teams=tuple(map(str, teams)),
            )
        except HubSpotError as error:
            raise AdminRefusal(error.status, str(error)) from None
        return JSONResponse(owner.to_json(), 201)

    @admin_endpoint
    async def archive(request: Request) -> Response:
        try:
            owner = world.owners.archive(request.path_params["owner_id"], at=world.clock.now())
        except HubSpotError as error:
            raise AdminRefusal(error.status, str(error)) from None
        return JSONResponse(owner.to_json())

    return [
        Route("/__sim__/owners", add, methods=["POST"]),
        Route("/__sim__/owners/{owner_id:int}", archive, methods=["DELETE"]),
    ]


def _token_routes(world: HubSpotWorld) -> list[Route]:
    @admin_endpoint
    async def add(request: Request) -> Response:
        body = await admin_body(request)
        caller = world.access.add(text_of(body, "label"), body.get("token"))
        world.access.limit_scopes(caller.label, _scopes(body.get("scopes")))
        return JSONResponse({"label": caller.label, "token": caller.token}, 201)

    @admin_endpoint
    async def change(request: Request) -> Response:
        label = request.path_params["label"]
        try:
            scopes = _scopes((await admin_body(request)).get("scopes"))
            world.access.limit_scopes(label, scopes)
        except KeyError:
            raise AdminRefusal(404, f"no token {label}") from None
        return JSONResponse({"label": label, "token": world.token(label)})

    @admin_endpoint
    async def authorize(request: Request) -> Response:
        """``{"scopes"?}``: install the public app; all that its server needs for a first token."""
        app, scopes = world.oauth, _scopes((await admin_body(request)).get("scopes"))
        return JSONResponse(
            {
                "client_id": app.client_id,
                "client_secret": app.client_secret,
                "redirect_uri": app.redirect_uri,
                "code": app.authorize(scopes),
            },
            201,
        )

    return [
        Route("/__sim__/oauth", authorize, methods=["POST"]),
        Route("/__sim__/tokens", add, methods=["POST"]),
        Route("/__sim__/tokens/{label}", change, methods=["PATCH"]),
    ]


def _scopes(raw: object) -> frozenset[str] | None:
    if raw is not None and not isinstance(raw, list):
        raise AdminRefusal(400, "scopes must be a list, or null for all")
    return None if raw is None else frozenset(map(str, raw))


def _config_routes(world: HubSpotWorld) -> list[Route]:
    async def read(request: Request) -> Response:
        return JSONResponse(asdict(world.configuration))

    @admin_endpoint
    async def change(request: Request) -> Response:
        body = await admin_body(request)
        unknown = sorted(set(body) - set(_SWITCHES))
        if unknown:
            raise AdminRefusal(400, f"unknown keys: {', '.join(unknown)}")
        try:
            if "lifecycle_backward" in body:
                body["lifecycle_backward"] = LifecycleBackward(body["lifecycle_backward"])
            checked = replace(world.configuration, **body)
        except (TypeError, ValueError) as error:
            raise AdminRefusal(400, str(error)) from None
        # The stores and limits hold on to the one configuration object.
        for name in _SWITCHES:
            setattr(world.configuration, name, getattr(checked, name))
        return JSONResponse(asdict(world.configuration))

    return [
        Route("/__sim__/config", read, methods=["GET"]),
        Route("/__sim__/config", change, methods=["POST"]),
    ]


def _stage_route(world: HubSpotWorld) -> Route:
    @admin_endpoint
    async def add(request: Request) -> Response:
        body = await admin_body(request)
        value, label = text_of(body, "value"), text_of(body, "label")
        world.add_lifecycle_stage(value, label)
        return JSONResponse({"value": value, "label": label}, 201)

    return Route("/__sim__/lifecycle-stages", add, methods=["POST"])


def _internal_write_route(world: HubSpotWorld) -> Route:
    @admin_endpoint
    async def write(request: Request) -> Response:
        """Set any property, read-only ones too, as HubSpot or its connectors do."""
        body = await admin_body(request)
        record = _record(world, body)
        registry = world.store(record.object_type).properties
        source = Source(type=str(body.get("sourceType") or "CALCULATED"), id=body.get("sourceId"))
        try:
            values = check_values(
                world, record.object_type, body.get("properties"), record, internal=True
            )
            check_change(world, record, values)
        except HubSpotError as error:
            raise AdminRefusal(error.status, str(error)) from None
        write_internally(world, record, values, source)
        return JSONResponse(show_created(registry, record))

    return Route("/__sim__/write", write, methods=["POST"])


def _native_sync_route(world: HubSpotWorld) -> Route:
    @admin_endpoint
    async def sync(request: Request) -> Response:
        """``{"object"?, "id" | "email", "properties"?}``: what the native connector does; with
        ``"create": true`` instead of a record it makes one."""
        body = await admin_body(request)
        kind, fields = _kind(world, body), body.get("properties") or {}
        registry = world.store(kind).properties
        if registry.find(SYNC_TIME) is None:
            raise AdminRefusal(400, "the portal has no native Salesforce connector")
        record = None if body.get("create") is True else _record(world, body)
        try:
            if record is None:
                record = create_synced(world, kind, fields)
            else:
                sync_record(world, record, fields)
        except HubSpotError as error:
            raise AdminRefusal(error.status, str(error)) from None
        return JSONResponse(show_created(registry, record))

    return Route("/__sim__/native-sync", sync, methods=["POST"])


def _restore_route(world: HubSpotWorld) -> Route:
    @admin_endpoint
    async def restore(request: Request) -> Response:
        """``{"object"?, "id"}``: take a record out of the recycle bin, which no API can."""
        body = await admin_body(request)
        kind = world.types.named(str(body.get("object") or "contacts"))
        text = text_of(body, "id")
        record = (
            world.store(kind).get(int(text), archived=True) if kind and text.isdecimal() else None
        )
        if kind is None or record is None:
            raise AdminRefusal(404, f"nothing archived with the id {text}")
        source = Source(type="CRM_UI")
        world.store(kind).restore(record, at=world.clock.now(), source=source)
        return JSONResponse({"id": text})

    return Route("/__sim__/restore", restore, methods=["POST"])


def _requirement_routes(world: HubSpotWorld) -> list[Route]:
    @admin_endpoint
    async def add(request: Request) -> Response:
        """``{"object"?, "name", "when"?: {"property", "value"}}``: as an administrator requires."""
        body = await admin_body(request)
        kind = _kind(world, body)
        when = body.get("when") or {}
        if not isinstance(when, dict):
            raise AdminRefusal(400, "when must be an object")
        requirement = Requirement(
            name=text_of(body, "name"),
            condition=text_of(when, "property") if when else "",
            value=text_of(when, "value") if when else "",
        )
        world.requirements.add(kind, requirement)
        return JSONResponse(asdict(requirement), 201)

    async def clear(request: Request) -> Response:
        world.requirements.clear()
        return Response(status_code=204)

    return [
        Route("/__sim__/requirements", add, methods=["POST"]),
        Route("/__sim__/requirements", clear, methods=["DELETE"]),
    ]


def _kind(world: HubSpotWorld, body: dict[str, Any]) -> ObjectType:
    kind = world.types.named(str(body.get("object") or "contacts"))
    if kind is None:
        raise AdminRefusal(400, f"no object type {body.get('object')}")
    return kind


def _record(world: HubSpotWorld, body: dict[str, Any]) -> Record:
    kind = _kind(world, body)
    store = world.store(kind)
    text = str(body.get("id") or "")
    if text:
        record = store.resolve(int(text)) if text.isdecimal() else None
    else:
        record = store.find("email", text_of(body, "email"))
    if record is None:
        raise AdminRefusal(404, f"no such {kind.singular}")
    return record
