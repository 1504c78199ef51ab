"""The entry point: names the connector and builds it; loads the vendor's SDK only then."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from crmbridge.core.model import Side
from crmbridge_salesforce.settings import Flow, SalesforceSettings

if TYPE_CHECKING:
    from crmbridge.ports import Connector, FieldNames


class SalesforcePlugin:
    """Makes Salesforce connectors from validated settings."""

    name = "salesforce"
    side = Side.SALES
    settings = SalesforceSettings
    asks: Mapping[str, tuple[str, ...]] = MappingProxyType(
        {
            Flow.CLIENT_CREDENTIALS.value: ("base_url", "client_id", "client_secret"),
            Flow.JWT.value: ("base_url", "client_id", "username", "key_file"),
            Flow.REFRESH_TOKEN.value: ("base_url", "client_id", "refresh_token"),
            Flow.SESSION.value: ("base_url", "session_id"),
        }
    )

    def connect(self, settings: object, fields: FieldNames) -> Connector:
        """A connector for ``settings``; opens no connection yet."""
        from crmbridge_salesforce.adapter import SalesforceConnector

        if not isinstance(settings, SalesforceSettings):
            raise TypeError("the settings are not those of the Salesforce connector")
        return SalesforceConnector(settings, fields)

    def setup_files(self, fields: FieldNames) -> Mapping[str, str]:
        """An SFDX project."""
        from crmbridge_salesforce.layout import Layout
        from crmbridge_salesforce.source_form import source_files

        return source_files(Layout(fields))


plugin = SalesforcePlugin()
