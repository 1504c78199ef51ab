"""What the entry point ``crmbridge.connectors`` finds."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from crmbridge.core.model import Side
from crmbridge.errors import ConfigError
from crmbridge.ports import Connector, FieldNames
from crmbridge_hubspot.settings import Flow, HubSpotSettings


class HubSpotPlugin:
    """Makes HubSpot connectors from validated settings."""

    name = "hubspot"
    side = Side.MARKETING
    settings: type = HubSpotSettings
    asks: Mapping[str, tuple[str, ...]] = MappingProxyType(
        {
            Flow.TOKEN.value: ("token",),
            Flow.OAUTH.value: ("client_id", "client_secret", "refresh_token"),
        }
    )

    def connect(self, settings: object, fields: FieldNames) -> Connector:
        """A connector for one portal; imports the SDK, opens no connection."""
        if not isinstance(settings, HubSpotSettings):
            raise ConfigError("hubspot: settings of another connector were handed over")
        from crmbridge_hubspot.adapter import HubSpotConnector
        from crmbridge_hubspot.client import HubSpotClient
        from crmbridge_hubspot.layout import Layout

        return HubSpotConnector(
            HubSpotClient(settings),
            Layout(fields),
            events=settings.events,
            deals=settings.deals,
            family=settings.path_family,
        )

    def setup_files(self, fields: FieldNames) -> Mapping[str, str]:
        """None: HubSpot deploys nothing from files."""
        return {}


plugin = HubSpotPlugin()
