"""Fields of the org's own, read where the rule book names them; ours where it does not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.salesforce_connector.conftest import MONDAY_NOON, Reader, update

from crmbridge.core import fields as f
from crmbridge.core.facts import DealDetail, FactKind, OwnedDetail, PauseDetail, StatusDetail
from crmbridge.core.model import ObjectType
from crmbridge.core.operations import Outcome
from crmbridge.errors import ConfigError
from crmbridge.ports import FieldNames
from crmbridge_salesforce.adapter import SalesforceConnector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.salesforce_connector.conftest import Org

PICKLIST = {
    "type": "Picklist",
    "valueSet": {
        "restricted": False,
        "valueSetDefinition": {
            "sorted": False,
            "value": [{"fullName": "No money", "label": "No money", "default": False}],
        },
    },
}
OWN: dict[str, dict[str, Any]] = {
    "Lead.Loss_Reason__c": {**PICKLIST, "trackHistory": True},
    "Lead.Loss_Comment__c": {"type": "LongTextArea", "length": 4000, "visibleLines": 3},
    "Lead.Call_Back__c": {"type": "DateTime"},
    "Lead.Budget_Known__c": {"type": "Checkbox", "defaultValue": "false"},
    "Lead.Authority__c": PICKLIST,
    "Lead.Expected_Value__c": {"type": "Number", "precision": 12, "scale": 2},
    "Lead.Deal_Reg__c": {"type": "Text", "length": 40},
    "Contact.Sales_Status__c": {**PICKLIST, "trackHistory": True},
    "Opportunity.Lost_Because__c": PICKLIST,
}
NAMES = FieldNames(
    names={
        ObjectType.LEAD: {
            f.REASON: "Loss_Reason__c",
            f.REASON_DETAILS: "Loss_Comment__c",
            f.RESUME_DATE: "Call_Back__c",
            f.BUDGET: "Budget_Known__c",
            f.AUTHORITY: "Authority__c",
            f.ESTIMATED_VALUE: "Expected_Value__c",
            f.DEAL_REGISTRATION: "Deal_Reg__c",
        },
        ObjectType.CONTACT: {f.STATUS: "Sales_Status__c"},
        ObjectType.DEAL: {f.REASON: "Lost_Because__c"},
    },
    questions=frozenset({f.BUDGET, f.AUTHORITY, f.NEED, f.TIMELINE}),
)


def bring_own_fields(org: Org) -> None:
    """As the org's admin did long ago: for everybody to see and edit."""
    made = {"Name": "Everybody", "Label": "Everybody"}
    everybody = org.us.create("PermissionSet", **made)
    for name, metadata in OWN.items():
        body = {"FullName": name, "Metadata": {"label": name.partition(".")[2], **metadata}}
        answer = org.us.http.post("/services/data/v67.0/tooling/sobjects/CustomField", body)
        assert answer.status_code == 201, answer.text
        sobject = name.partition(".")[0]
        org.us.create(
            "FieldPermissions",
            ParentId=everybody,
            SobjectType=sobject,
            Field=name,
            PermissionsRead=True,
            PermissionsEdit=True,
        )
    org.us.create("PermissionSetAssignment", PermissionSetId=everybody, AssigneeId=org.us.id)


@pytest.fixture
def own(org: Org) -> Iterator[SalesforceConnector]:
    """A connector to an org that has fields of its own, set up for the rest."""
    bring_own_fields(org)
    connector = SalesforceConnector(org.settings(), NAMES)
    connector.provision({})
    yield connector
    connector.close()


def test_what_reps_say_in_the_orgs_own_fields_is_read(own: SalesforceConnector, org: Org) -> None:
    lead = org.us.lead()
    org.advance(60)
    org.us.change(
        "Lead",
        lead,
        Status="Closed - Not Converted",
        Loss_Reason__c="No money",
        Loss_Comment__c="They spent it all on trucks",
        Call_Back__c="2026-09-01T10:00:00Z",
        Budget_Known__c=True,
        Authority__c="Unknown",
        Expected_Value__c=120000.5,
        Deal_Reg__c="PRT-7",
    )
    reader = Reader(own)
    reader.poll()
    said = reader.of(FactKind.STATUS)[-1].detail
    assert isinstance(said, StatusDetail)
    assert ("No money", "They spent it all on trucks", date(2026, 9, 1)) == (
        said.reason,
        said.details,
        said.resume,
    )
    fields = next(iter(reader.records.values())).fields
    assert (True, False, 120000.5, "PRT-7") == tuple(
        fields[name] for name in (f.BUDGET, f.AUTHORITY, f.ESTIMATED_VALUE, f.DEAL_REGISTRATION)
    )


def test_an_answer_in_words_is_an_answer(own: SalesforceConnector, org: Org) -> None:
    org.us.lead(Authority__c="Signs herself")
    reader = Reader(own)
    reader.poll()
    assert next(iter(reader.records.values())).fields[f.AUTHORITY] is True


def test_a_contacts_status_lives_in_the_field_of_the_org(
    own: SalesforceConnector, org: Org
) -> None:
    contact = org.us.create("Contact", LastName="Doe", Sales_Status__c="Working")
    assert [Outcome.DONE] == [
        each.outcome for each in own.apply([update(contact, {f.STATUS: "Recycled"})])
    ]
    assert org.us.row("Contact", contact)["Sales_Status__c"] == "Recycled"
    reader = Reader(own)
    reader.poll()
    assert ["Working", "Recycled"] == [
        fact.detail.value
        for fact in reader.of(FactKind.STATUS)
        if isinstance(fact.detail, StatusDetail)
    ]


def test_a_loss_is_explained_by_the_field_of_the_org(own: SalesforceConnector, org: Org) -> None:
    deal = org.us.create(
        "Opportunity", Name="Acme", StageName="Prospecting", CloseDate="2026-12-01"
    )
    org.advance(60)
    org.us.change("Opportunity", deal, StageName="Closed Lost", Lost_Because__c="No money")
    reader = Reader(own)
    reader.poll()
    (lost,) = reader.of(FactKind.DEAL_LOST)
    assert isinstance(lost.detail, DealDetail)
    assert lost.detail.reason == "No money"


def test_setup_makes_no_field_that_the_org_has_already(own: SalesforceConnector) -> None:
    names = {item.name for item in own.inspect({})}
    assert not names & {
        "Lead.CRMBridge_Reason__c",
        "Lead.CRMBridge_Budget__c",
        "Contact.CRMBridge_Status__c",
        "Opportunity.CRMBridge_Loss_Reason__c",
        "Lead.CRMBridge_Challenges__c",
    }
    assert names >= {
        "Contact.CRMBridge_Reason__c",
        "Contact.CRMBridge_Budget__c",
        "Lead.CRMBridge_Need__c",
        "Opportunity.CRMBridge_Loss_Details__c",
    }


def test_a_name_the_org_does_not_have_stops_before_anything_is_read(org: Org) -> None:
    bring_own_fields(org)
    names = {ObjectType.LEAD: {f.REASON: "Loss_Reasons__c"}}
    connector = SalesforceConnector(org.settings(), FieldNames(names=names))
    with pytest.raises(ConfigError) as caught:
        Reader(connector).poll()
    assert str(caught.value) == (
        "salesforce: stages.yaml, org_fields: Lead has no field 'Loss_Reasons__c' that the "
        "integration user may see (did you mean 'Loss_Reason__c'?): correct the name, or grant "
        "the user the field"
    )
    connector.close()


@pytest.mark.parametrize(
    ("kind", "field", "said"),
    [
        (ObjectType.LEAD, f.STATUS, "status of a lead is not read from a field of the org's"),
        (ObjectType.DEAL, f.BUDGET, "budget of a deal is not read"),
        (ObjectType.ACCOUNT, f.INDUSTRY, "no fields can be named for account"),
    ],
)
def test_what_cannot_be_mapped_is_refused(
    org: Org, kind: ObjectType, field: str, said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        SalesforceConnector(org.settings(), FieldNames(names={kind: {field: "X__c"}}))


# -- owners and holds --------------------------------------------------------------------------


def test_every_owner_counts_from_the_instant_of_the_change(reader: Reader, org: Org) -> None:
    rita, otto = org.rep("Rita Rep"), org.rep("Otto Rep")
    lead = rita.lead()
    for owner in (otto, rita):
        org.advance(60)
        otto.change("Lead", lead, OwnerId=owner.id)
    reader.poll()
    found = reader.of(FactKind.OWNED)
    assert [OwnedDetail(owner=otto.id, by=otto.id), OwnedDetail(owner=rita.id, by=otto.id)] == [
        fact.detail for fact in found
    ]
    assert [timedelta(minutes=1), timedelta(minutes=2)] == [fact.at - MONDAY_NOON for fact in found]


def test_a_hold_begins_and_ends_when_the_rep_says_so(reader: Reader, org: Org) -> None:
    rita = org.rep()
    lead = rita.lead()
    for reason in ("Legal hold", None):
        org.advance(60)
        rita.change("Lead", lead, CRMBridge_Pause__c=reason)
    reader.poll()
    (paused,), (resumed,) = reader.of(FactKind.PAUSED), reader.of(FactKind.RESUMED)
    assert PauseDetail(reason="Legal hold", by=rita.id) == paused.detail
    assert timedelta(minutes=1) == resumed.at - paused.at


def test_without_history_a_hold_is_known_from_the_last_edit(reader: Reader, org: Org) -> None:
    rita = org.rep()
    org.sim("tracking", object="Lead", fields=["Status"])
    lead = rita.lead()
    org.advance(60)
    rita.change("Lead", lead, CRMBridge_Pause__c="Legal hold")
    for _ in range(2):
        reader.poll()
        org.advance(60)
    (paused,) = reader.of(FactKind.PAUSED)
    assert timedelta(minutes=1) == paused.at - MONDAY_NOON
