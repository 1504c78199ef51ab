"""The least that reading a CRM can cost in Python: a loop with `urllib3` and `orjson` over the same
pages, asked for with the same queries as the connector's first reading, that looks at nothing but
where the next page is, and, in HubSpot, at whose history is read.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import urllib3

from crmbridge.core.model import ObjectType
from crmbridge.ports import Connector, FieldNames
from crmbridge_hubspot import plugin as hubspot_plugin
from crmbridge_hubspot.facts import HISTORY, MERGES, is_worth_reading
from crmbridge_hubspot.layout import Layout
from crmbridge_hubspot.polling import wanted
from crmbridge_hubspot.positions import EPOCH
from crmbridge_hubspot.settings import HubSpotSettings
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.settings import SalesforceSettings
from crmbridge_salesforce.soql import changed_rows

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
Bare = Callable[[], tuple[int, int]]
"""Reads everything; how many people came, in how many calls."""


class HubSpotSide:
    """Contacts, listed by id, 100 a page; 50 histories a batch of those who did something."""

    stream = "contacts"

    def __init__(self, sections: dict[str, Any]) -> None:
        self._where = sections["hubspot"]

    def connect(self) -> Connector:
        """The connector to the portal."""
        settings = HubSpotSettings.model_validate(self._where)
        return hubspot_plugin.plugin.connect(settings, FieldNames())

    def bare(self) -> Bare:
        """The loop over the portal's pages."""
        names = ",".join(wanted(Layout(FieldNames()), ObjectType.CONTACT))
        pool, root = urllib3.PoolManager(), f"{self._where['base_url']}/crm/v3/objects/contacts"
        headers = {"Authorization": f"Bearer {self._where['token']}"}
        histories = {"properties": [MERGES], "propertiesWithHistory": list(HISTORY)}

        def read() -> tuple[int, int]:
            people, calls, after = 0, 0, None
            while True:
                fields = {
                    "limit": "100",
                    "properties": names,
                    **({"after": after} if after else {}),
                }
                answer = pool.request("GET", root, fields=fields, headers=headers)
                body = orjson.loads(answer.data)
                items = body["results"]
                people, calls = people + len(items), calls + 1
                acted = [i["id"] for i in items if is_worth_reading(i["properties"], EPOCH)]
                for start in range(0, len(acted), 50):
                    inputs = [{"id": each} for each in acted[start : start + 50]]
                    wish = orjson.dumps({**histories, "inputs": inputs})
                    sent = {**headers, "Content-Type": "application/json"}
                    more = pool.request("POST", f"{root}/batch/read", body=wish, headers=sent)
                    orjson.loads(more.data)
                    calls += 1
                after = ((body.get("paging") or {}).get("next") or {}).get("after")
                if not after:
                    return people, calls

        return read


class SalesforceSide:
    """Leads with their histories, 2,000 a page."""

    stream = "changes"

    def __init__(self, sections: dict[str, Any]) -> None:
        self._where = sections["salesforce"]

    def connect(self) -> Connector:
        """The connector to the org."""
        self._connector = SalesforceConnector(
            SalesforceSettings.model_validate(self._where), FieldNames()
        )
        return self._connector

    def bare(self) -> Bare:
        """The loop over the org's pages; to be asked for once it is connected."""
        schema = self._connector._fetcher.schema()  # noqa: SLF001
        soql = changed_rows(schema, "Lead", BEGINNING)
        pool, root = urllib3.PoolManager(), self._where["base_url"]

        def read() -> tuple[int, int]:
            login = {"grant_type": "client_credentials"} | {
                name: self._where[name] for name in ("client_id", "client_secret")
            }
            granted = pool.request(
                "POST", f"{root}/services/oauth2/token", fields=login, encode_multipart=False
            )
            token = orjson.loads(granted.data)["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            address = f"{root}/services/data/v67.0/queryAll"
            answer = pool.request("GET", address, fields={"q": soql}, headers=headers)
            people, calls = 0, 1
            while True:
                body = orjson.loads(answer.data)
                people += len(body["records"])
                if body["done"]:
                    return people, calls
                answer = pool.request("GET", root + body["nextRecordsUrl"], headers=headers)
                calls += 1

        return read


SIDES: dict[str, type[HubSpotSide | SalesforceSide]] = {
    "salesforce": SalesforceSide,
    "hubspot": HubSpotSide,
}
