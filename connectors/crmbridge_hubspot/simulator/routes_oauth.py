"""Tokens of the portal's public app: ``/oauth/v1`` and ``/oauth/v3``. HubSpot contract §2."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from crmbridge_hubspot.simulator.access import Caller
from crmbridge_hubspot.simulator.oauth import LIFETIME
from crmbridge_hubspot.simulator.routing import Answer, ApiCall, ApiRoute
from crmbridge_hubspot.simulator.world import HubSpotWorld

_APP_ID = 1_000_001
_USER_ID = 9_586_400
_SCOPES = ["oauth"]


def grant_token(world: HubSpotWorld, call: ApiCall) -> Answer:
    """An access token for a code or a refresh token. HubSpot contract §2."""
    form = _form(call)
    if not _is_app(world, form):
        return _refused("invalid_client", "BAD_CLIENT_ID", "missing or unknown client id or secret")
    match form.get("grant_type"):
        case "authorization_code":
            if form.get("redirect_uri") != world.oauth.redirect_uri:
                return _refused("redirect_uri_mismatch", "MISMATCH_REDIRECT_URI", "redirect URI")
            refresh_token = world.oauth.redeem(form.get("code", ""))
            if refresh_token is None:
                return _refused("invalid_grant", "BAD_AUTH_CODE", "missing or unknown auth code")
        case "refresh_token":
            refresh_token = form.get("refresh_token", "")
            if not world.oauth.knows(refresh_token):
                return _refused(
                    "invalid_grant", "BAD_REFRESH_TOKEN", "missing or unknown refresh token"
                )
        case _:
            return _refused("unsupported_grant_type", "BAD_GRANT_TYPE", "unsupported grant type")
    caller = world.oauth.issue(world.clock.now())
    return Answer(
        body={
            "token_type": "bearer",
            "access_token": caller.token,
            "refresh_token": refresh_token,
            "expires_in": int(LIFETIME.total_seconds()),
            "hub_id": world.portal_id,
            "scopes": _scopes(caller),
        }
    )


def introspect(world: HubSpotWorld, call: ApiCall) -> Answer:
    """What a token is good for; ``active`` false for none. HubSpot contract §2."""
    form = _form(call)
    if not _is_app(world, form):
        return _refused("invalid_client", "BAD_CLIENT_ID", "missing or unknown client id or secret")
    token = form.get("token", "")
    about: dict[str, Any] = {
        "active": True,
        "hub_id": world.portal_id,
        "user_id": _USER_ID,
        "client_id": world.oauth.client_id,
        "app_id": _APP_ID,
        "token_type": "Bearer",
    }
    if world.oauth.knows(token):
        return Answer(body={**about, "token_use": "refresh_token", "scopes": _SCOPES})
    caller = _live(world, token)
    if caller is None:
        return Answer(body={"active": False})
    more = {
        "token_use": "access_token",
        "scopes": _scopes(caller),
        "expires_in": _left(world, caller),
    }
    return Answer(body={**about, **more})


def revoke(world: HubSpotWorld, call: ApiCall) -> Answer:
    """End a token; 204 also for one that is none. HubSpot contract §2."""
    form = _form(call)
    if not _is_app(world, form):
        return _refused("invalid_client", "BAD_CLIENT_ID", "missing or unknown client id or secret")
    world.oauth.revoke(form.get("token", ""))
    return Answer(status=204)


def access_token_info(world: HubSpotWorld, call: ApiCall) -> Answer:
    """About an access token, by the older door. HubSpot contract §2."""
    caller = _live(world, call.path["token"])
    if caller is None:
        return _refused("invalid_token", "BAD_ACCESS_TOKEN", "unknown or expired access token")
    return Answer(
        body={
            "token": caller.token,
            "hub_id": world.portal_id,
            "app_id": _APP_ID,
            "user_id": _USER_ID,
            "expires_in": _left(world, caller),
            "scopes": _scopes(caller),
            "token_type": "access",
        }
    )


def refresh_token_info(world: HubSpotWorld, call: ApiCall) -> Answer:
    """About a refresh token, by the older door. HubSpot contract §2."""
    token = call.path["token"]
    if not world.oauth.knows(token):
        return _refused("invalid_token", "BAD_REFRESH_TOKEN", "unknown or revoked refresh token")
    return Answer(
        body={
            "token": token,
            "client_id": world.oauth.client_id,
            "hub_id": world.portal_id,
            "user_id": _USER_ID,
            "scopes": sorted(_SCOPES),
            "token_type": "refresh",
        }
    )


def _form(call: ApiCall) -> dict[str, str]:
    return dict(parse_qsl(call.raw_body.decode(errors="replace"), keep_blank_values=True))


def _is_app(world: HubSpotWorld, form: dict[str, str]) -> bool:
    given = (form.get("client_id"), form.get("client_secret"))
    return given == (world.oauth.client_id, world.oauth.client_secret)


def _live(world: HubSpotWorld, token: str) -> Caller | None:
    caller = world.access.holder(token)
    if caller is None or caller.expires_at is None or caller.expires_at <= world.clock.now():
        return None
    return caller


def _left(world: HubSpotWorld, caller: Caller) -> int:
    expires_at = caller.expires_at or world.clock.now()
    return int((expires_at - world.clock.now()).total_seconds())


def _scopes(caller: Caller) -> list[str]:
    return sorted({*_SCOPES, *(caller.scopes or ())})


def _refused(error: str, status: str, message: str) -> Answer:
    body = {"error": error, "error_description": message, "status": status, "message": message}
    return Answer(body=body, status=400)


ROUTES = (
    ApiRoute(method="POST", path="/oauth/v1/token", handler=grant_token, public=True),
    ApiRoute(method="POST", path="/oauth/v3/token", handler=grant_token, public=True),
    ApiRoute(method="POST", path="/oauth/v3/token/introspect", handler=introspect, public=True),
    ApiRoute(method="POST", path="/oauth/v3/token/revoke", handler=revoke, public=True),
    ApiRoute(
        method="GET",
        path="/oauth/v1/access-tokens/{token}",
        handler=access_token_info,
        public=True,
    ),
    ApiRoute(
        method="GET",
        path="/oauth/v1/refresh-tokens/{token}",
        handler=refresh_token_info,
        public=True,
    ),
)
