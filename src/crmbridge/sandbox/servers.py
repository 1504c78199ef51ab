"""Two simulated CRMs on loopback ports, sharing one clock."""

from __future__ import annotations

import ssl
import tempfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import trustme
from pydantic import TypeAdapter

from crmbridge.clock import WorldClock
from crmbridge.errors import ConfigError
from crmbridge.simulation import Note, SimulatorClient, SimulatorServer, StateFile
from crmbridge_hubspot.simulator import HubSpotWorld
from crmbridge_hubspot.simulator import create_app as hubspot_app
from crmbridge_hubspot.simulator.object_types import CONTACTS
from crmbridge_salesforce.simulator import SalesforceWorld
from crmbridge_salesforce.simulator import create_app as salesforce_app

if TYPE_CHECKING:
    from starlette.types import ASGIApp


class Sandbox:
    """A HubSpot portal and a Salesforce org under simulation; use it as a context manager.

    Port 0 takes any free one. With ``tls`` both speak https with a certificate of a CA made
    for this run, whose public part lies in ``ca_file``. Without ``rate_limits`` HubSpot's
    per-second limits, which run on real time, are not enforced: virtual weeks pass in
    minutes. With ``state`` both CRMs keep their records in that folder, which is made if it
    is missing, and are found there again by the next sandbox; the clock goes on from where it
    was if that lies ahead. ``native_connector`` gives the portal the properties of HubSpot's own
    Salesforce sync, which ``NativeSync`` then fills. ``ConfigError`` if the folder cannot be used.
    """

    def __init__(
        self,
        clock: WorldClock,
        *,
        hubspot_port: int = 0,
        salesforce_port: int = 0,
        tls: bool = False,
        rate_limits: bool = True,
        state: Path | None = None,
        native_connector: bool = False,
    ) -> None:
        self.clock = clock
        self.ca_file: Path | None = None
        with ExitStack() as self._stack:
            portal_path, org_path = _files(state)
            self.hubspot_world = HubSpotWorld(
                clock,
                enforce_rate_limits=rate_limits,
                state_path=portal_path,
                native_connector=native_connector,
            )
            portal = self._kept(hubspot_app(self.hubspot_world), self.hubspot_world.state)
            self.salesforce_world = SalesforceWorld(
                clock, daily_api_requests=5_000_000, state_path=org_path
            )
            org = self._kept(salesforce_app(self.salesforce_world), self.salesforce_world.state)
            certificate = self._make_certificate() if tls else None
            self._hubspot = _serve(portal, hubspot_port, certificate)
            self._salesforce = _serve(org, salesforce_port, certificate)
            self._stack = self._stack.pop_all()

    @property
    def new(self) -> bool:
        """Whether nobody was in these CRMs before: they are in memory, or their files are new."""
        files = (self.hubspot_world.state, self.salesforce_world.state)
        return all(file is None or file.new for file in files)

    @property
    def size(self) -> tuple[int, int]:
        """How many contacts and how many leads there are; to be asked before it is served."""
        contacts = len(self.hubspot_world.store(CONTACTS))
        return contacts, self.salesforce_world.store.table("Lead").count(deleted=False)

    def _kept(self, app: ASGIApp, file: StateFile | None) -> ASGIApp:
        """The app with its state committed after each request and closed in the end."""
        if file is None:
            return app

        def catch_up(last: datetime) -> None:
            if last > self.clock.now():
                self.clock.set(last)

        self._stack.callback(file.close)
        file.keep(
            Note(
                name="clock",
                adapter=TypeAdapter(datetime),
                take=self.clock.now,
                restore=catch_up,
            )
        )
        return file.saving(app)

    def _make_certificate(self) -> ssl.SSLContext:
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="crmbridge-ca-"))
        authority = trustme.CA(organization_name="crmbridge sandbox")
        self.ca_file = Path(folder) / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca_file))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
        return context

    @property
    def hubspot_url(self) -> str:
        """Where the portal answers."""
        return self._hubspot.base_url

    @property
    def salesforce_url(self) -> str:
        """Where the org answers."""
        return self._salesforce.base_url

    @property
    def hubspot_token(self) -> str:
        """The token of the app that crmbridge uses."""
        return "pat-na1-sim-crmbridge"

    @property
    def marketer_token(self) -> str:
        """The token of a marketer's own tools."""
        return "pat-na1-sim-marketer"

    def hubspot_client(self, token: str | None = None) -> SimulatorClient:
        """A plain client of the portal, as the bearer of ``token`` if given."""
        return SimulatorClient(self.hubspot_url, token, ca_file=self._trusted())

    def salesforce_client(self, token: str | None = None) -> SimulatorClient:
        """A plain client of the org, as the bearer of ``token`` if given."""
        return SimulatorClient(self.salesforce_url, token, ca_file=self._trusted())

    def _trusted(self) -> str | None:
        return str(self.ca_file) if self.ca_file else None

    def connection(self) -> dict[str, Any]:
        """Everything a client in any language needs, as plain data."""
        org = self.salesforce_world
        return {
            "hubspot": {"base_url": self.hubspot_url, "token": self.hubspot_token},
            "salesforce": {
                "base_url": self.salesforce_url,
                "client_id": org.consumer_key,
                "client_secret": org.consumer_secret,
                "access_token": org.sessions.open(org.integration_user_id),
            },
            "ca_file": str(self.ca_file) if self.ca_file else None,
        }

    def sections(self) -> dict[str, Any]:
        """The settings sections that connect a bridge to this sandbox."""
        org = self.salesforce_world
        return {
            "hubspot": {
                "base_url": self.hubspot_url,
                "token": self.hubspot_token,
                "searches_per_second": 1_000_000,
            },
            "salesforce": {
                "base_url": self.salesforce_url,
                "client_id": org.consumer_key,
                "client_secret": org.consumer_secret,
            },
        }

    def __enter__(self) -> Self:
        self._stack.enter_context(self._hubspot)
        self._stack.enter_context(self._salesforce)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in (self._hubspot, self._salesforce):
            server.begin_to_stop()
        self._stack.close()


def _files(folder: Path | None) -> tuple[Path | None, Path | None]:
    if folder is None:
        return None, None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{folder} cannot be used: {error.strerror}") from error
    return folder / "hubspot.sqlite", folder / "salesforce.sqlite"


def _serve(app: Any, port: int, certificate: ssl.SSLContext | None) -> SimulatorServer:
    try:
        return SimulatorServer(app, port=port, ssl=certificate)
    except OSError as error:
        raise ConfigError(f"port {port} cannot be used: {error.strerror}") from error
