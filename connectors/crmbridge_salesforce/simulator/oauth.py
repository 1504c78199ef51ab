"""Logging in: client credentials, signed requests, refresh tokens. Contract §2."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import jwt
from starlette.responses import JSONResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

    from crmbridge_salesforce.simulator.world import SalesforceWorld

_SCOPE = "api"
_ASSERTION_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
_LONGEST_ASSERTION = 300
"""Seconds; other clients' notes speak of three to five minutes. Contract §2."""


def base_url(request: Request) -> str:
    """Scheme and host as the client addressed them."""
    return f"{request.url.scheme}://{request.headers.get('host', request.url.netloc)}"


async def token(world: SalesforceWorld, request: Request) -> Response:
    """A token for whoever the grant stands for. Contract §2."""
    if request.method != "POST":
        return _refused("invalid_request", "must use HTTP POST")
    form = _form(await request.body())
    credentials = _credentials(request, form)
    grant = form.get("grant_type")
    if grant is None:
        return _refused("invalid_request", "grant_type is required")
    if grant == _ASSERTION_GRANT:
        return _by_assertion(world, request, form.get("assertion", ""))
    if grant == "refresh_token":
        return _by_refresh(world, request, form, credentials)
    if grant != "client_credentials":
        return _refused("unsupported_grant_type", "grant type not supported")
    key, secret = credentials
    if key != world.consumer_key:
        return _refused("invalid_client_id", "client identifier invalid")
    if not hmac.compare_digest(secret.encode(), world.consumer_secret.encode()):
        return _refused("invalid_client", "invalid client credentials")
    user_id = world.integration_user_id
    if not world.user(user_id)["IsActive"]:
        return _refused("invalid_grant", "no client credentials user enabled")
    return _no_store(_granted(world, request, user_id))


def _by_assertion(world: SalesforceWorld, request: Request, assertion: str) -> Response:
    """A request signed with the app's key; without a key on file every signature is taken."""
    public_key = world.app.public_key
    audience = [*_AUDIENCES, base_url(request)]
    try:
        claims = jwt.decode(
            assertion,
            public_key or "",
            algorithms=["RS256"],
            audience=audience,
            options={"verify_signature": bool(public_key), "verify_exp": False, "verify_aud": True},
        )
    except jwt.InvalidAudienceError:
        return _refused("invalid_grant", "audience is invalid")
    except jwt.InvalidSignatureError:
        return _refused("invalid_client", "invalid client credentials")
    except jwt.PyJWTError:
        return _refused("invalid_grant", "invalid assertion")
    if claims.get("iss") != world.consumer_key:
        return _refused("invalid_client_id", "client identifier invalid")
    now = world.clock.now().timestamp()
    try:
        expires = float(claims.get("exp", 0))
    except (TypeError, ValueError):
        expires = 0
    if not now < expires <= now + _LONGEST_ASSERTION:
        return _refused("invalid_grant", "assertion is not within its time of validity")
    users = world.store.table("User").rows()
    named = next((row for row in users if row["Username"] == claims.get("sub")), None)
    if named is None or not named["IsActive"]:
        return _refused("invalid_grant", "user hasn't approved this consumer")
    return _no_store(_granted(world, request, named["Id"]))


def _by_refresh(
    world: SalesforceWorld, request: Request, form: dict[str, str], credentials: tuple[str, str]
) -> Response:
    if credentials[0] != world.consumer_key:
        return _refused("invalid_client_id", "client identifier invalid")
    given = form.get("refresh_token", "")
    user_id = world.app.refresh_tokens.get(given)
    if user_id is None or not world.user(user_id)["IsActive"]:
        return _refused("invalid_grant", "expired access/refresh token")
    granted = _granted(world, request, user_id)
    if world.app.rotates:
        del world.app.refresh_tokens[given]
        granted["refresh_token"] = world.app.issue(user_id)
    return _no_store(granted)


async def revoke(world: SalesforceWorld, request: Request) -> Response:
    """End a session; 400 for a token that is none. Contract §2."""
    form = _form(await request.body())
    given = form.get("token") or request.query_params.get("token") or ""
    if not world.sessions.expire(given):
        return _refused("unsupported_token_type", "this token type is not supported")
    return Response(status_code=200)


def identity(world: SalesforceWorld, request: Request, user_id: str) -> Response:
    """Who the user is, as the token's ``id`` URL and userinfo answer. Contract §2."""
    user = world.user(user_id)
    base = base_url(request)
    body = {
        "id": f"{base}/id/{world.org_id}/{user_id}",
        "sub": f"{base}/id/{world.org_id}/{user_id}",
        "user_id": user_id,
        "organization_id": world.org_id,
        "username": user["Username"],
        "preferred_username": user["Username"],
        "display_name": user["Name"],
        "name": user["Name"],
        "email": user["Email"],
        "active": user["IsActive"],
        "user_type": user["UserType"].upper(),
        "zoneinfo": user["TimeZoneSidKey"],
        "urls": {
            "rest": f"{base}/services/data/v{{version}}/",
            "sobjects": f"{base}/services/data/v{{version}}/sobjects/",
            "query": f"{base}/services/data/v{{version}}/query/",
        },
    }
    return JSONResponse(body)


def bearer(header: str | None) -> str:
    """The token of an Authorization header; empty if there is none."""
    scheme, _, value = (header or "").partition(" ")
    return value.strip() if scheme.lower() in ("bearer", "oauth") else ""


def _granted(world: SalesforceWorld, request: Request, user_id: str) -> dict[str, Any]:
    base = base_url(request)
    identity_url = f"{base}/id/{world.org_id}/{user_id}"
    issued_at = str(int(world.clock.now().timestamp() * 1000))
    signed = hmac.new(
        world.consumer_secret.encode(), f"{identity_url}{issued_at}".encode(), hashlib.sha256
    )
    return {
        "access_token": world.sessions.open(user_id),
        "signature": base64.b64encode(signed.digest()).decode(),
        "scope": _SCOPE,
        "instance_url": base,
        "id": identity_url,
        "token_type": "Bearer",
        "issued_at": issued_at,
    }


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    """Consumer key and secret, of a Basic header or else of the form."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            plain = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        key, _, secret = plain.partition(":")
        return key, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _form(raw: bytes) -> dict[str, str]:
    parsed = parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True)
    return {name: values[-1] for name, values in parsed.items()}


def _refused(error: str, description: str) -> Response:
    """OAuth errors are an object, not an array. Contract §2."""
    return _no_store({"error": error, "error_description": description}, 400)


def _no_store(body: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(body, status, headers={"Cache-Control": "no-cache, no-store"})
