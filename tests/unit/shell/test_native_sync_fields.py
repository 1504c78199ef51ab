"""Which fields HubSpot's own sync (a model) maps beside crmbridge, and its four rules."""

from __future__ import annotations

import pytest

from crmbridge.core.model import ObjectType
from crmbridge.core.ownership import ownership
from crmbridge.rulebook import load
from crmbridge.rulebook.locating import packaged
from crmbridge.sandbox.native_sync import AS_INSTALLED, BESIDE, NOT_SYNCED, SyncRule
from crmbridge.sandbox.native_sync.field_rules import Pass, Values, settle
from crmbridge_hubspot import mapping
from crmbridge_salesforce.mapping import COLUMNS


def written_by_crmbridge() -> set[str]:
    """The vendors' names of every field that crmbridge writes under its own rule book."""
    fields = {each.field for each in ownership(load(packaged())) if each.owner == "crmbridge"}
    properties = {
        mapping.property_of(ObjectType.CONTACT, field).name
        for field in fields & mapping.writable(ObjectType.CONTACT)
    }
    columns = {
        column.name
        for kind in (ObjectType.LEAD, ObjectType.CONTACT)
        for column in COLUMNS[kind]
        if column.field in fields and column.writable
    }
    return properties | columns


def test_beside_crmbridge_it_maps_no_field_that_crmbridge_writes() -> None:
    owned = written_by_crmbridge()
    mapped = [each for each in BESIDE if each.rule is not SyncRule.NONE]

    assert {"hs_lead_status", "lifecyclestage", "CRMBridge_Stage__c"} <= owned
    assert set() == owned & {each.property for each in mapped}
    assert set() == owned & {name for each in mapped for name in (each.lead, each.contact)}
    assert {each.property for each in AS_INSTALLED} & owned == NOT_SYNCED


@pytest.mark.parametrize(
    ("rule", "hubspot", "salesforce", "agreed", "later", "expected"),
    [
        (SyncRule.PREFER_SALESFORCE, "a", "b", None, False, Pass.TO_HUBSPOT),
        (SyncRule.PREFER_SALESFORCE, "a", "", None, False, Pass.TO_SALESFORCE),
        (SyncRule.PREFER_SALESFORCE, "a", "", "", True, Pass.TO_SALESFORCE),
        (SyncRule.PREFER_SALESFORCE, "a", "", "a", True, Pass.TO_HUBSPOT),
        (SyncRule.PREFER_SALESFORCE, "a", "a", "b", True, None),
        (SyncRule.ALWAYS_SALESFORCE, "a", "", None, False, None),
        (SyncRule.ALWAYS_SALESFORCE, "a", "b", "b", False, Pass.TO_HUBSPOT),
        (SyncRule.ALWAYS_SALESFORCE, "a", "", "a", True, Pass.TO_HUBSPOT),
        (SyncRule.TWO_WAY, "a", "b", "b", True, Pass.TO_SALESFORCE),
        (SyncRule.TWO_WAY, "a", "b", "a", False, Pass.TO_HUBSPOT),
        (SyncRule.TWO_WAY, "a", "b", "c", False, Pass.TO_SALESFORCE),
        (SyncRule.TWO_WAY, "a", "b", None, True, Pass.TO_HUBSPOT),
        (SyncRule.TWO_WAY, "", "b", "b", False, Pass.TO_SALESFORCE),
        (SyncRule.NONE, "a", "b", "a", True, None),
    ],
)
def test_the_rules_of_the_knowledge_base(
    rule: SyncRule, hubspot: str, salesforce: str, agreed: str | None, later: bool, expected: Pass
) -> None:
    values = Values(
        hubspot=hubspot, salesforce=salesforce, agreed=agreed, salesforce_is_later=later
    )

    assert expected == settle(rule, values)
