"""The settings section ``salesforce``."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from crmbridge.web_address import host_address


class Flow(StrEnum):
    """How to log in. Salesforce contract §2."""

    CLIENT_CREDENTIALS = "client_credentials"
    JWT = "jwt"
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 # the name of the flow
    SESSION = "session"


class SaveDuplicates(StrEnum):
    """When a duplicate rule that alerts, and would let a person save, lets crmbridge save, too."""

    NEVER = "never"
    UPDATES = "updates"
    ALWAYS = "always"


_NEEDS: dict[Flow, tuple[str, ...]] = {
    Flow.CLIENT_CREDENTIALS: ("client_id", "client_secret"),
    Flow.JWT: ("client_id", "username", "key_file"),
    Flow.REFRESH_TOKEN: ("client_id",),
    Flow.SESSION: ("session_id",),
}
_USED: dict[Flow, tuple[str, ...]] = {
    Flow.CLIENT_CREDENTIALS: (),
    Flow.JWT: ("login_url", "audience"),
    Flow.REFRESH_TOKEN: ("client_secret", "login_url", "refresh_token", "token_file"),
    Flow.SESSION: (),
}
_OF_SOME_FLOW = frozenset(
    name for table in (_NEEDS, _USED) for names in table.values() for name in names
)


class SalesforceSettings(BaseModel):
    """How to reach one org, as which app.

    ``base_url`` is the org's My Domain address; after a login the address that the login names
    is used. Plain http is accepted on loopback only. Which other settings a ``flow`` needs:
    ``client_credentials`` the consumer key and secret; ``jwt`` the key, ``username`` and
    ``key_file``; ``refresh_token`` the key and a ``refresh_token`` or a ``token_file``, into
    which a rotated token is written back; ``session`` a ``session_id`` that is valid already.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str = Field(description="My Domain address, https://<name>.my.salesforce.com")
    flow: Flow = Flow.CLIENT_CREDENTIALS
    client_id: str | None = Field(
        default=None, min_length=1, description="consumer key of the external client app"
    )
    client_secret: SecretStr | None = Field(default=None, description="the app's consumer secret")
    username: str | None = Field(default=None, min_length=1, description="user to act as (jwt)")
    key_file: Path | None = Field(default=None, description="PEM file of the app's private key")
    login_url: str | None = Field(default=None, description="where to ask for a token")
    audience: str | None = Field(default=None, description="whom a signed request is for")
    refresh_token: SecretStr | None = None
    token_file: Path | None = Field(default=None, description="where a rotated token is kept")
    session_id: SecretStr | None = None
    password: SecretStr | None = None
    api_version: str = Field(default="v67.0", pattern=r"^v\d{2,3}\.0$")
    connect_timeout: float = Field(default=10.0, gt=0, description="seconds")
    read_timeout: float = Field(default=120.0, gt=0, description="seconds")
    daily_reserve: float = Field(
        default=0.1, ge=0, lt=1, description="share of the org's daily requests left to others"
    )
    save_duplicates: SaveDuplicates = Field(
        default=SaveDuplicates.UPDATES,
        description="when a duplicate rule that only warns is overridden",
    )
    lead_record_type: str | None = Field(
        default=None, min_length=1, description="developer name of the record type of new leads"
    )
    bulk_from: int | None = Field(
        default=10_000, ge=1_000, description="rows from which on updates go by a bulk job"
    )
    batch_size: int = Field(default=2000, ge=200, le=2000, description="rows a query page holds")

    @field_validator("base_url", "login_url")
    @classmethod
    def _check_address(cls, text: str | None) -> str | None:
        return None if text is None else host_address(text, "https://acme.my.salesforce.com")

    @field_validator("password")
    @classmethod
    def _refuse_password(cls, value: SecretStr | None) -> SecretStr | None:
        # SOAP login: off in new orgs, refused from v65 on, gone in Summer '27 (contract §2).
        raise ValueError(
            "logging in with a password is retired by Salesforce: use flow jwt or "
            "client_credentials"
        )

    @model_validator(mode="after")
    def _check_flow(self) -> Self:
        for name in _NEEDS[self.flow]:
            if getattr(self, name) is None:
                raise ValueError(f"flow {self.flow} needs {name}")
        if self.flow is Flow.REFRESH_TOKEN and not (self.refresh_token or self.token_file):
            raise ValueError(f"flow {self.flow} needs refresh_token or token_file")
        useful = {*_NEEDS[self.flow], *_USED[self.flow]}
        for name in sorted(_OF_SOME_FLOW - useful):
            if getattr(self, name) is not None:
                raise ValueError(f"flow {self.flow} has no use for {name}")
        return self

    @property
    def token_url(self) -> str:
        """Where tokens are granted."""
        return f"{self.login_url or self.base_url}/services/oauth2/token"

    @property
    def signed_for(self) -> str:
        """The audience of a signed request: Salesforce's login host, or its sandboxes'."""
        if self.audience:
            return self.audience
        sandbox = ".sandbox." in self.base_url
        return f"https://{'test' if sandbox else 'login'}.salesforce.com"
