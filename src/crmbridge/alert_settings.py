"""The settings section ``alerts``: who is told, over what, and of which troubles."""

from __future__ import annotations

import ipaddress
import re
from datetime import time
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from crmbridge.core.alerting import AlertKind
from crmbridge.errors import did_you_mean
from crmbridge.web_address import is_loopback

_KINDS = frozenset(AlertKind) - {AlertKind.TEST}
_ADDRESS = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
EMAIL = "email"
"""The name of the channel that is no webhook."""


class _Channel(BaseModel):
    """What every channel has: ``kinds`` are the troubles it is told of, all by default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: frozenset[AlertKind] = _KINDS
    timeout: float = Field(default=5.0, ge=0.1, le=30, description="seconds for each step")

    @field_validator("kinds", mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        if not isinstance(value, list | tuple | set | frozenset):
            raise ValueError("say a list of kinds, such as [login, outage]")
        for each in value:
            if str(each) not in {kind.value for kind in _KINDS}:
                # Only a word: what stands here by mistake might be a secret.
                word = str(each) if _NAME.fullmatch(str(each)) else "that"
                names = sorted(kind.value for kind in _KINDS)
                raise ValueError(
                    f"there is no kind {word!r}{did_you_mean(word, names)}: {', '.join(names)}"
                )
        return frozenset(value)


class Webhook(_Channel):
    """A Slack-compatible webhook. Whoever knows its ``url`` can write there, so it is a secret.

    Https only, plain http to this machine alone. An address in a private network is refused,
    unless ``allow_private``.
    """

    url: SecretStr
    allow_private: bool = False

    @field_validator("url")
    @classmethod
    def _safe(cls, value: SecretStr) -> SecretStr:
        try:
            parts = urlsplit(value.get_secret_value().strip())
            port = parts.port
        except ValueError:
            raise ValueError("must be a web address that begins with https://") from None
        if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
            raise ValueError("must be a web address that begins with https://")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise ValueError("must hold neither a login nor a fragment")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("must begin with https://: it would travel in the clear")
        return SecretStr(value.get_secret_value().strip())

    @model_validator(mode="after")
    def _public(self) -> Self:
        parts = urlsplit(self.url.get_secret_value())
        if self.allow_private or is_loopback(parts.hostname):
            return self
        try:
            address = ipaddress.ip_address(parts.hostname or "")
        except ValueError:
            return self
        if not address.is_global:
            raise ValueError("url lies in a private network: set allow_private if that is meant")
        return self


class Security(StrEnum):
    """How a connection to a mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class Mail(_Channel):
    """A mail server. ``none`` leaves the connection unprotected and is for this machine alone."""

    host: str = Field(min_length=1)
    port: int = Field(default=587, ge=1, le=65_535)
    security: Security = Security.STARTTLS
    username: str | None = None
    password: SecretStr | None = None
    sender: str
    to: tuple[str, ...] = ()

    @field_validator("sender", "to")
    @classmethod
    def _addresses(cls, value: Any) -> Any:
        for each in (value,) if isinstance(value, str) else value:
            if not _ADDRESS.fullmatch(each):
                raise ValueError("must be a plain e-mail address")
        return value

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.security is Security.NONE and not is_loopback(self.host):
            raise ValueError("security none is for a mail server on this machine alone")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        return self


class Digest(BaseModel):
    """When the daily list of promises at risk and breached is sent, ``at`` a time of day in
    ``zone``, on ``days`` (Monday is 1). With ``to_managers`` each manager whose address Salesforce
    shows gets, by e-mail, that of their own reports."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    at: time
    zone: ZoneInfo = Field(default=ZoneInfo("UTC"), validate_default=False)
    days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    to_managers: bool = False

    @field_validator("zone", mode="before")
    @classmethod
    def _zone(cls, value: Any) -> ZoneInfo:
        try:
            return value if isinstance(value, ZoneInfo) else ZoneInfo(str(value))
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("must be an IANA name such as Europe/Berlin") from None

    @field_validator("at", mode="before")
    @classmethod
    def _time(cls, value: Any) -> time:
        found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value))
        if found is None:
            raise ValueError('must be a time of day such as "08:00"')
        return time(int(found[1]), int(found[2]))

    @field_validator("days")
    @classmethod
    def _week(cls, value: frozenset[int]) -> frozenset[int]:
        if not value or not value <= set(range(1, 8)):
            raise ValueError("must be days of the week: 1 is Monday, 7 is Sunday")
        return value


class AlertSettings(BaseModel):
    """Who is told of what.

    ``failures`` are the cycles in a row that must fail before that is told, ``parked_growth`` the
    writes refused for the first time within a day. With ``names`` people are named in the digest,
    without it only our id and a link stand there.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    failures: int = Field(default=3, ge=1, le=1000)
    parked_growth: int = Field(default=10, ge=1)
    names: bool = False
    digest: Digest | None = None
    webhooks: dict[str, Webhook] = Field(default_factory=dict)
    email: Mail | None = None

    @field_validator("webhooks", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError("say a name for each webhook, such as `ops: {url: ...}`")
        for name in value:
            if not _NAME.fullmatch(str(name)) or name == EMAIL:
                raise ValueError("a webhook's name is a small word of its own, such as ops")
        return value

    @model_validator(mode="after")
    def _recipients(self) -> Self:
        managers = self.digest is not None and self.digest.to_managers
        if managers and self.email is None:
            raise ValueError("digest.to_managers needs alerts.email")
        if self.email is not None and not self.email.to and not managers:
            raise ValueError("email.to names nobody")
        return self

    @property
    def channels(self) -> dict[str, Webhook | Mail]:
        """Every channel by name."""
        found: dict[str, Webhook | Mail] = dict(self.webhooks)
        if self.email is not None:
            found[EMAIL] = self.email
        return found

    def told_of(self, kind: AlertKind) -> list[str]:
        """The channels that are told of this kind and have somebody at the other end."""
        return [
            name
            for name, channel in self.channels.items()
            if (kind in channel.kinds or kind is AlertKind.TEST)
            and not (isinstance(channel, Mail) and not channel.to)
        ]
