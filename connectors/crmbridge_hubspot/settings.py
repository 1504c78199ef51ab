"""The ``hubspot`` section of the settings."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, SecretStr


class HubSpotSettings(BaseModel):
    """How to reach one portal. ``token`` is a service key or private app token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token: SecretStr
    base_url: str = Field(default="https://api.hubapi.com", pattern=r"^https?://")
    connect_timeout: float = Field(default=5.0, gt=0, le=120, description="seconds")
    read_timeout: float = Field(default=30.0, gt=0, le=600, description="seconds")
    searches_per_second: float = Field(
        default=4.0, gt=0, description="the portal allows 5 a second for all its apps together"
    )
