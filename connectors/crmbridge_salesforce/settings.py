"""The settings section ``salesforce``."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class SalesforceSettings(BaseModel):
    """How to reach one org, as which app.

    ``base_url`` is the org's My Domain address: the client credentials flow works on no other
    host (Salesforce contract §2). Plain http is accepted on loopback only.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(description="My Domain address, https://<name>.my.salesforce.com")
    client_id: str = Field(min_length=1, description="consumer key of the external client app")
    client_secret: SecretStr = Field(description="consumer secret of the external client app")
    api_version: str = Field(default="v67.0", pattern=r"^v\d{2,3}\.0$")
    connect_timeout: float = Field(default=10.0, gt=0, description="seconds")
    read_timeout: float = Field(default=120.0, gt=0, description="seconds")
    batch_size: int = Field(default=2000, ge=200, le=2000, description="rows a query page holds")

    @field_validator("base_url")
    @classmethod
    def _check_base_url(cls, text: str) -> str:
        parts = urlsplit(text.strip())
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be a web address such as https://acme.my.salesforce.com")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError("must be scheme and host only, without a path")
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("must begin with https://: the secret would travel in the clear")
        return f"{parts.scheme}://{parts.netloc}"
