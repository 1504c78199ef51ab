"""What an org's admins demand of what is written. Contract §5, §6, §11, §12."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.salesforce_connector.conftest import create, outcomes, update

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType
from crmbridge.core.operations import Operation, Outcome, Receipt
from crmbridge.errors import ConfigError
from crmbridge.ports import FieldNames
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.contract.salesforce_connector.conftest import Org

ADDRESS = "jo@acme.example"
_LOCKED = {"object": "Lead", "code": "UNABLE_TO_LOCK_ROW", "message": "no"}


def apply_with(org: Org, operations: Sequence[Operation], **settings: Any) -> list[Receipt]:
    connector = SalesforceConnector(org.settings(**settings), FieldNames())
    try:
        return connector.apply(operations)
    finally:
        connector.close()


@pytest.mark.parametrize(
    ("when", "allow", "outcomes_"),
    [
        ("never", True, [Outcome.PARKED, Outcome.PARKED]),
        ("updates", True, [Outcome.DONE, Outcome.PARKED]),
        ("always", True, [Outcome.DONE, Outcome.DONE]),
        ("always", False, [Outcome.PARKED, Outcome.PARKED]),
    ],
)
def test_a_duplicate_rule_is_overridden_only_where_the_settings_say_so(
    connector: SalesforceConnector, org: Org, when: str, allow: bool, outcomes_: list[Outcome]
) -> None:
    twins = [org.us.lead(Email=ADDRESS), org.us.lead()]
    rule = {"object": "Lead", "field": "Email", "allow_save": allow}
    org.sim("duplicate_rules", rules=[rule])
    operations = [update(twins[1], {f.EMAIL: ADDRESS}), create("p1", {f.EMAIL: ADDRESS})]
    assert outcomes_ == outcomes(apply_with(org, operations, save_duplicates=when))


def test_a_new_lead_has_the_record_type_of_the_settings(
    connector: SalesforceConnector, org: Org
) -> None:
    ids = org.sim("record_types", object="Lead", names=["Partner", "Inbound"])["ids"]
    (made,) = apply_with(org, [create("p1")], lead_record_type="Inbound")
    assert made.ref is not None
    assert ids[1] == org.us.row("Lead", made.ref.id)["RecordTypeId"]
    apply_with(org, [update(made.ref.id, {f.SCORE: 10})], lead_record_type="Partner")
    assert ids[1] == org.us.row("Lead", made.ref.id)["RecordTypeId"]


def test_a_record_type_that_is_not_there_stops_before_anything_is_written(
    connector: SalesforceConnector, org: Org
) -> None:
    org.sim("record_types", object="Lead", names=["Inbound"])
    with pytest.raises(ConfigError, match=r"lead_record_type.*did you mean 'Inbound'"):
        apply_with(org, [create("p1")], lead_record_type="Inbuond")
    assert org.us.query("SELECT Id FROM Lead") == []


def test_a_restricted_picklist_is_asked_before_anything_is_sent(
    connector: SalesforceConnector, org: Org
) -> None:
    lead = org.us.lead()
    connector.choices()
    before = connector.calls
    (receipt,) = connector.apply([update(lead, {f.STAGE: "ACTIVATED"})])
    assert receipt.outcome is Outcome.PARKED
    assert "CRMBridge_Stage__c" in receipt.message
    assert "did you mean 'ACTIVATION'?" in receipt.message
    assert before == connector.calls


def test_an_unrestricted_picklist_takes_any_value(connector: SalesforceConnector, org: Org) -> None:
    lead = org.us.lead()
    assert [Outcome.DONE] == outcomes(connector.apply([update(lead, {f.STATUS: "Brand new"})]))
    assert org.us.row("Lead", lead)["Status"] == "Brand new"


def test_locked_rows_are_sent_again_in_smaller_portions(
    connector: SalesforceConnector, org: Org
) -> None:
    leads = [org.us.lead() for _ in range(3)]
    org.sim("row_faults", id=leads[1], times=2, **_LOCKED)
    connector.choices()
    before = connector.calls
    receipts = connector.apply([update(each, {f.SCORE: 10}) for each in leads])
    assert [Outcome.DONE] * 3 == outcomes(receipts)
    assert before + 3 == connector.calls


def test_a_row_that_stays_locked_waits_in_the_outbox(
    connector: SalesforceConnector, org: Org
) -> None:
    leads = [org.us.lead() for _ in range(2)]
    org.sim("row_faults", id=leads[0], times=3, **_LOCKED)
    receipts = connector.apply([update(each, {f.SCORE: 10}) for each in leads])
    assert [Outcome.RETRY, Outcome.DONE] == outcomes(receipts)
    assert receipts[0].retry_after


def test_a_failed_second_try_keeps_what_the_first_one_said(
    connector: SalesforceConnector, org: Org
) -> None:
    leads = [org.us.lead() for _ in range(2)]
    org.sim("row_faults", id=leads[0], times=1, **_LOCKED)
    org.fault("status", path="composite/sobjects", skip=1, status=503, body="<html>")
    receipts = connector.apply([update(each, {f.SCORE: 10}) for each in leads])
    assert [Outcome.RETRY, Outcome.DONE] == outcomes(receipts)
    assert [Outcome.DONE] == outcomes(connector.apply([update(leads[0], {f.SCORE: 10})]))


def test_a_text_is_cut_to_what_this_org_holds(bare: SalesforceConnector, org: Org) -> None:
    body = {
        "FullName": "Lead.CRMBridge_Stage_Reason__c",
        "Metadata": {"label": "Reason", "type": "Text", "length": 40},
    }
    org.us.http.post("/services/data/v67.0/tooling/sobjects/CustomField", body)
    bare.provision({})
    lead = org.us.lead()
    bare.choices()  # reads the schema
    (receipt,) = bare.apply([update(lead, {f.STAGE_REASON: "x" * 300})])
    assert Outcome.DONE is receipt.outcome
    held = org.us.row("Lead", lead)["CRMBridge_Stage_Reason__c"]
    assert "x" * 40 == held == receipt.held[f.STAGE_REASON]
    contact = ObjectType.CONTACT
    assert 255 == len(str(bare.project(contact, f.STAGE_REASON, "x" * 300)))


def test_a_text_is_whole_again_once_the_org_holds_it() -> None:
    layout = Layout(FieldNames())
    for length in (40, 255):
        layout.learn("Lead", {"CRMBridge_Stage_Reason__c": length})
        held = layout.project(ObjectType.LEAD, f.STAGE_REASON, "x" * 300)
        assert "x" * length == held
