"""Tokens of the portal's public app: ``/oauth/v1`` and ``/oauth/v3``. HubSpot contract §2."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from crmbridge_hubspot.simulator.access import Caller
from crmbridge_hubspot.simulator.errors import HubSpotError
from crmbridge_hubspot.simulator.oauth import LIFETIME, Scopes
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
    caller = world.oauth.issue(refresh_token, world.clock.now())
    return Answer(
        body={
            "token_type": "bearer",
            "access_token": caller.token,
            "refresh_token": refresh_token,
            "expires_in": int(LIFETIME.total_seconds()),
            "hub_id": world.portal_id,
            "scopes": _scopes(caller.scopes),
        }
    )


def grant_token_v3(world: HubSpotWorld, call: ApiCall) -> Answer:
    """The same by the newer door, which tells a little more. HubSpot contract §2."""
    answer = grant_token(world, call)
    if answer.status != HTTPStatus.OK:
        return answer
    return Answer(body={**answer.body, "token_use": "access_token", "user_id": _USER_ID})


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
        granted = _scopes(world.oauth.scopes(token))
        return Answer(body={**about, "token_use": "refresh_token", "scopes": granted})
    caller = _live(world, token)
    if caller is None:
        return Answer(body={"active": False})
    more = {
        "token_use": "access_token",
        "scopes": _scopes(caller.scopes),
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
            **_about(world, caller.token, caller.scopes),
            "app_id": _APP_ID,
            "expires_in": _left(world, caller),
            "token_type": "access",
        }
    )


def refresh_token_info(world: HubSpotWorld, call: ApiCall) -> Answer:
    """About a refresh token, by the older door. HubSpot contract §2."""
    token = call.path["token"]
    if not world.oauth.knows(token):
        raise _unknown_refresh_token()
    about = _about(world, token, world.oauth.scopes(token))
    return Answer(body={**about, "client_id": world.oauth.client_id, "token_type": "refresh"})


def delete_refresh_token(world: HubSpotWorld, call: ApiCall) -> Answer:
    """End a refresh token, by the older door; access tokens live on. HubSpot contract §2."""
    if not world.oauth.knows(call.path["token"]):
        raise _unknown_refresh_token()
    world.oauth.revoke(call.path["token"])
    return Answer(status=204)


def _about(world: HubSpotWorld, token: str, scopes: Scopes) -> dict[str, Any]:
    return {
        "token": token,
        "user": "admin@portal.example",
        "user_id": _USER_ID,
        "hub_domain": "portal.example",
        "hub_id": world.portal_id,
        "scopes": _scopes(scopes),
    }


def _unknown_refresh_token() -> HubSpotError:
    return HubSpotError(404, "refresh token not found")


def _form(call: ApiCall) -> dict[str, str]:
    if "json" in call.content_type:
        raise HubSpotError(415, "HTTP 415 Unsupported Media Type")
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


def _scopes(granted: Scopes) -> list[str]:
    return sorted({*_SCOPES, *(granted or ())})


def _refused(error: str, status: str, message: str) -> Answer:
    body = {"error": error, "error_description": message, "status": status, "message": message}
    return Answer(body=body, status=400)


_REFRESH_TOKEN = "/oauth/v1/refresh-tokens/{token}"

ROUTES = (
    ApiRoute(method="POST", path="/oauth/v1/token", handler=grant_token, public=True),
    ApiRoute(method="POST", path="/oauth/v3/token", handler=grant_token_v3, public=True),
    ApiRoute(method="POST", path="/oauth/v3/token/introspect", handler=introspect, public=True),
    ApiRoute(method="POST", path="/oauth/v3/token/revoke", handler=revoke, public=True),
    ApiRoute(
        method="GET",
        path="/oauth/v1/access-tokens/{token}",
        handler=access_token_info,
        public=True,
    ),
    ApiRoute(method="GET", path=_REFRESH_TOKEN, handler=refresh_token_info, public=True),
    ApiRoute(method="DELETE", path=_REFRESH_TOKEN, handler=delete_refresh_token, public=True),
)
