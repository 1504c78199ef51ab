"""The ``hubspot`` section of the settings."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    field_validator,
    model_validator,
)

from crmbridge.web_address import host_address


class Flow(StrEnum):
    """How calls are authorized. HubSpot contract §2."""

    TOKEN = "token"  # noqa: S105 # the name of the flow
    OAUTH = "oauth"


class PathFamily(StrEnum):
    """Which of HubSpot's two families of paths is called. HubSpot contract §1."""

    NUMBERED = "v3"
    MARCH_2026 = "2026-03"
    SEPTEMBER_2026 = "2026-09"


_OF_OAUTH = ("client_id", "client_secret", "refresh_token", "token_file")


def _event_name(text: str) -> str:
    if not re.fullmatch(r"pe\d+_\w+", text):
        raise ValueError(
            f"{text!r} is no internal name of a custom event, such as pe123_trial_started"
        )
    return text


EventName = Annotated[str, AfterValidator(_event_name)]


class HubSpotSettings(BaseModel):
    """How to reach one portal.

    The ``flow`` ``token`` needs the ``token`` of a service key or a private app; ``oauth`` the
    ``client_id`` and ``client_secret`` of an app that the portal has installed, and a
    ``refresh_token`` or a ``token_file``, into which a rotated token is written back. Plain http
    is accepted on loopback only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    flow: Flow = Flow.TOKEN
    token: SecretStr | None = None
    client_id: str | None = Field(default=None, min_length=1, description="id of the OAuth app")
    client_secret: SecretStr | None = Field(default=None, description="the OAuth app's secret")
    refresh_token: SecretStr | None = None
    token_file: Path | None = Field(default=None, description="where a rotated token is kept")
    base_url: str = "https://api.hubapi.com"
    path_family: PathFamily = PathFamily.NUMBERED
    connect_timeout: float = Field(default=5.0, gt=0, le=120, description="seconds")
    read_timeout: float = Field(default=30.0, gt=0, le=600, description="seconds")
    searches_per_second: float = Field(
        default=4.0, gt=0, description="the portal allows 5 a second for all its apps together"
    )
    daily_reserve: float = Field(
        default=0.1, ge=0, lt=1, description="share of the portal's daily calls left to others"
    )

    deals: bool = Field(
        default=False, description="whether deals are kept in HubSpot, not only copied there"
    )
    events: tuple[EventName, ...] = Field(
        default=(), description="custom events to be read, by their internal names"
    )

    @field_validator("base_url")
    @classmethod
    def _check_address(cls, text: str) -> str:
        return host_address(text, "https://api.hubapi.com")

    @model_validator(mode="after")
    def _check_flow(self) -> Self:
        needed: tuple[str, ...] = ("client_id", "client_secret")
        useless: tuple[str, ...] = ("token",)
        if self.flow is Flow.TOKEN:
            needed, useless = useless, _OF_OAUTH
        for name in needed:
            if getattr(self, name) is None:
                raise ValueError(f"flow {self.flow} needs {name}")
        if self.flow is Flow.OAUTH and not (self.refresh_token or self.token_file):
            raise ValueError(f"flow {self.flow} needs refresh_token or token_file")
        for name in useless:
            if getattr(self, name) is not None:
                raise ValueError(f"flow {self.flow} has no use for {name}")
        return self
