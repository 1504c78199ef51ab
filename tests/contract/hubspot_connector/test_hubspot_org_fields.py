"""Properties of the portal's own, read where the rule book names them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType
from crmbridge.errors import ConfigError
from crmbridge.ports import FieldNames
from crmbridge_hubspot.plugin import plugin
from crmbridge_hubspot.settings import HubSpotSettings

if TYPE_CHECKING:
    from crmbridge.ports import Connector
    from crmbridge.simulation import SimulatorClient
    from crmbridge_hubspot.simulator import HubSpotWorld

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)


def connect(base_url: str, world: HubSpotWorld, **names: str) -> Connector:
    settings = HubSpotSettings(
        token=SecretStr(world.token("crmbridge")), base_url=base_url, searches_per_second=1000
    )
    return plugin.connect(settings, FieldNames(names={ObjectType.CONTACT: names}))


def make_property(marketer: SimulatorClient, name: str, kind: str) -> None:
    field_type = "number" if kind == "number" else "text"
    body = {
        "name": name,
        "label": name,
        "type": kind,
        "fieldType": field_type,
        "groupName": "contactinformation",
    }
    answer = marketer.post("/crm/v3/properties/contacts", body)
    assert answer.status_code == 201, answer.text


def test_an_estimated_value_is_read_where_the_portal_keeps_it(
    base_url: str, world: HubSpotWorld, marketer: SimulatorClient
) -> None:
    make_property(marketer, "deal_size", "number")
    make_property(marketer, "who_are_you", "string")
    body = {"properties": {"email": "a@b.example", "deal_size": "120000", "who_are_you": "student"}}
    assert marketer.post("/crm/v3/objects/contacts", body).status_code == 201
    connector = connect(base_url, world, estimated_value="deal_size", persona="who_are_you")
    pages = list(connector.poll("contacts", connector.start("contacts", BEGINNING)))
    (record,) = [record for page in pages for record in page.records]
    assert (120000, "student") == (record.fields[f.ESTIMATED_VALUE], record.fields[f.PERSONA])
    (again,) = connector.fetch([record.ref]).records
    assert again.fields == record.fields
    assert f.ESTIMATED_VALUE not in connector.writable(ObjectType.CONTACT)
    connector.close()


def test_a_property_that_is_not_there_is_said_and_not_taken_for_empty(
    base_url: str, world: HubSpotWorld, marketer: SimulatorClient
) -> None:
    make_property(marketer, "deal_size", "number")
    connector = connect(base_url, world, estimated_value="deal_sizes")
    with pytest.raises(ConfigError) as caught:
        list(connector.poll("owners", connector.start("owners", BEGINNING)))
    assert str(caught.value) == (
        "hubspot: stages.yaml, org_fields: contacts have no property 'deal_sizes' "
        "(did you mean 'deal_size'?)"
    )
    connector.close()


def test_what_cannot_be_mapped_is_refused(base_url: str, world: HubSpotWorld) -> None:
    with pytest.raises(ConfigError, match="hubspot: stage is not read from a property"):
        connect(base_url, world, stage="lifecyclestage")
    settings = HubSpotSettings(token=SecretStr("x"), base_url=base_url)
    names = FieldNames(names={ObjectType.DEAL: {f.REASON: "x"}})
    with pytest.raises(ConfigError, match="no fields can be named for deal, only for contact"):
        plugin.connect(settings, names)
