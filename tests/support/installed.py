"""crmbridge's fields in a simulated org, put there without a request for each of the sixty."""

from __future__ import annotations

from crmbridge.ports import FieldNames
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.metadata import field_metadata
from crmbridge_salesforce.simulator.tooling import add_custom_field
from crmbridge_salesforce.simulator.world import SalesforceWorld


def install_fields(world: SalesforceWorld) -> None:
    """What ``provision`` would create; who may see them is left to it."""
    for entity, field in Layout(FieldNames()).owned():
        name = f"{entity}.{field.name}"
        add_custom_field(world, world.integration_user_id, name, field_metadata(field))
