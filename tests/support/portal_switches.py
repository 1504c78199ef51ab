"""The switches of the simulated portal that the drill throws, and what is mended afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drill import ADA, BO, Drill, Story, hands_go_up, two_days

from crmbridge.app import nurture_lists
from crmbridge.core.model import Side

CONTACTS = "/crm/v3/objects/contacts"
LIST = "NL-BUDGET"
WRITES = "contacts/batch/(update|upsert)"


def fail(name: str, **rule: Any) -> Any:
    """One of HubSpot's own ways to fail; ``retry_after`` is the wait that it asks for."""
    return lambda drill: drill.strike("failures", name=name, **rule)


def fault(action: str, **rule: Any) -> Any:
    return lambda drill: drill.fault(action, **rule)


def without(scope: str) -> Any:
    """Take a scope from the token."""

    def throw(drill: Drill) -> None:
        rest = [each for each in _SCOPES if each != scope]
        drill.people.visitors.call("PATCH", "/__sim__/tokens/crmbridge", {"scopes": rest})

    return throw


def with_all_scopes(drill: Drill) -> None:
    drill.people.visitors.call("PATCH", "/__sim__/tokens/crmbridge", {"scopes": None})


_SCOPES = (
    "oauth",
    "communication_preferences.read_write",
    "crm.lists.read",
    "crm.lists.write",
    "crm.objects.companies.read",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.owners.read",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "tasks",
)


def slow_index(drill: Drill) -> None:
    drill.sim("config", index_lag_seconds=120)


def fast_index(drill: Drill) -> None:
    drill.sim("config", index_lag_seconds=0)


def any_stage(drill: Drill) -> None:
    drill.sim("config", lifecycle_backward="applied")


def burst(drill: Drill) -> None:
    crowd(drill, 450)
    drill.evidence = lambda: drill.sim("burst")["stamped"] > 400


def crowd(drill: Drill, count: int) -> None:
    """Contacts who do nothing."""
    for begin in range(0, count, 100):
        numbers = range(begin, min(begin + 100, count))
        inputs = [{"properties": {"email": f"p{n}@crowd-{n}.example"}} for n in numbers]
        answer = drill.people.portal.post(f"{CONTACTS}/batch/create", {"inputs": inputs})
        assert answer.status_code == 201, answer.text
    drill.people.visitors.sim("burst", {})


def omit(drill: Drill) -> None:
    drill.sim("omissions", rows=1, times=2)
    drill.evidence = lambda: drill.world.omission.fired


def contact(drill: Drill, email: str) -> str:
    """The id of the contact with an address."""
    path = f"{CONTACTS}/{email}"
    return str(drill.people.portal.get(path, idProperty="email").json()["id"])


def merge(drill: Drill) -> None:
    """Ada has another contact, by her private address, and a marketer unites the two."""
    other = drill.people.contact("ada@home.example")
    body = {"primaryObjectId": contact(drill, ADA), "objectIdToMerge": other}
    answer = drill.people.portal.post(f"{CONTACTS}/merge", body)
    assert answer.status_code == 200, answer.text


def archive(drill: Drill) -> None:
    answer = drill.people.portal.call("DELETE", f"{CONTACTS}/{contact(drill, ADA)}")
    assert answer.status_code == 204, answer.text


def erase(drill: Drill) -> None:
    body = {"objectId": contact(drill, ADA)}
    answer = drill.people.portal.post(f"{CONTACTS}/gdpr-delete", body)
    assert answer.status_code == 204, answer.text


def no_property(drill: Drill) -> None:
    path = "/crm/v3/properties/contacts/crmbridge_stage_reason"
    answer = drill.people.portal.call("DELETE", path)
    assert answer.status_code == 204, answer.text


def set_up_again(drill: Drill) -> None:
    drill.connector.provision(nurture_lists(drill.people.bridge.rules))
    drill.go_by_themselves()


def list_id(drill: Drill) -> str:
    found = drill.people.portal.get(f"/crm/v3/lists/object-type-id/0-1/name/{LIST}").json()
    return str(found["list"]["listId"])


def take_off(drill: Drill) -> None:
    """A marketer takes Ada off the list by hand, once she is on it."""
    path = f"/crm/v3/lists/{list_id(drill)}/memberships/remove"
    answer = drill.people.portal.call("PUT", path, [contact(drill, ADA)])
    assert answer.status_code == 200, answer.text
    two_days(drill)


def put_on(drill: Drill) -> None:
    """A marketer puts Bo on the list by hand."""
    path = f"/crm/v3/lists/{list_id(drill)}/memberships/add"
    answer = drill.people.portal.call("PUT", path, [contact(drill, BO)])
    assert answer.status_code == 200, answer.text


def withdrawals(drill: Drill) -> list[object]:
    """The lists that the journal tells of taking somebody off."""
    with drill.people.bridge.store.read() as tx:
        told = [entry.payload for entry in tx.journal()]
    return [
        payload["list"]
        for payload in told
        if payload.get("operation") == "withdraw" and payload.get("reason")
    ]


def drop_list(drill: Drill) -> None:
    answer = drill.people.portal.call("DELETE", f"/crm/v3/lists/{list_id(drill)}")
    assert answer.status_code == 204, answer.text


def rename_list(drill: Drill) -> None:
    """A marketer gives the list another name, and the bridge begins anew."""
    path = f"/crm/v3/lists/{list_id(drill)}/update-list-name?listName=Budget%202027"
    assert drill.people.portal.call("PUT", path).status_code == 200
    drill.connector.recognise({})
    drill.people.bridge.meet()


def make_list_again(drill: Drill) -> None:
    """Both lists live long enough to be read."""
    drill.people.cycle(20)
    drop_list(drill)
    drill.connector.provision(nurture_lists(drill.people.bridge.rules))
    drill.people.cycle(20)


def lost_between(drill: Drill) -> None:
    """The life-cycle is cleared by one request, and the request that sets it is lost."""
    drill.fault("drop_before", path="contacts/batch/update", skip=1)


def no_option(drill: Drill) -> None:
    """A marketer removes the lead status of recycled people: a row of a 207 refuses it."""
    left = [each for each in _options(drill) if each["value"] != "BAD_TIMING"]
    answer = drill.people.portal.call("PATCH", _STATUSES, {"options": left})
    assert answer.status_code == 200, answer.text


def option_again(drill: Drill) -> None:
    held = drill.people.portal.get(f"{CONTACTS}/{contact(drill, ADA)}", properties="lifecyclestage")
    # Clearing without setting would leave a parked contact without a stage.
    assert held.json()["properties"]["lifecyclestage"] == "salesqualifiedlead"
    added = {"label": "Bad timing", "value": "BAD_TIMING", "displayOrder": 7, "hidden": False}
    body = {"options": [*_options(drill), added]}
    assert drill.people.portal.call("PATCH", _STATUSES, body).status_code == 200
    drill.go_by_themselves()


def edited_while_parked(drill: Drill) -> None:
    """A marketer edits the contact whose write is parked, and the bridge reads that first."""
    path = f"{CONTACTS}/{contact(drill, ADA)}"
    body = {"properties": {"lifecyclestage": ""}}
    assert drill.people.portal.call("PATCH", path, body).status_code == 200
    drill.settle()
    added = {"label": "Bad timing", "value": "BAD_TIMING", "displayOrder": 7, "hidden": False}
    options = {"options": [*_options(drill), added]}
    assert drill.people.portal.call("PATCH", _STATUSES, options).status_code == 200
    drill.retry_parked()


def _options(drill: Drill) -> list[dict[str, Any]]:
    return list(drill.people.portal.get(_STATUSES).json()["options"])


_STATUSES = "/crm/v3/properties/contacts/hs_lead_status"


def own_stage(drill: Drill) -> None:
    """The portal gets a stage of its own behind all others, and a marketer puts Ada there."""
    drill.sim("lifecycle-stages", value="52417", label="Friend of the house")
    path = f"{CONTACTS}/{contact(drill, ADA)}"
    body = {"properties": {"lifecyclestage": "52417"}}
    assert drill.people.portal.call("PATCH", path, body).status_code == 200


def dynamic_list(drill: Drill) -> None:
    """Somebody replaces the list by one whose filter decides."""
    drop_list(drill)
    filters = {"filterBranchType": "AND", "filterBranches": [], "filters": []}
    body = {
        "name": LIST,
        "objectTypeId": "0-1",
        "processingType": "DYNAMIC",
        "filterBranch": {"filterBranchType": "OR", "filterBranches": [filters], "filters": []},
    }
    answer = drill.people.portal.post("/crm/v3/lists/", body)
    assert answer.status_code == 200, answer.text


def rename_dynamic(drill: Drill) -> None:
    path = f"/crm/v3/lists/{list_id(drill)}/update-list-name?listName=Budget"
    assert drill.people.portal.call("PUT", path).status_code == 200
    set_up_again(drill)


def rep_at_work(drill: Drill) -> None:
    """Ada's lead is being worked by a rep who may say why she lets it go."""
    hands_go_up(drill)
    people = drill.people
    found = people.query("SELECT Id FROM PermissionSet WHERE Name = 'CRMBridge_Sales'")
    body = {"PermissionSetId": found[0]["Id"], "AssigneeId": people.rep}
    path = "/services/data/v67.0/sobjects/PermissionSetAssignment"
    assert people.org.post(path, body).status_code == 201
    people.clock.advance(timedelta(minutes=2).total_seconds())
    drill.change("Lead", drill.lead, Status="Working - Contacted")
    for _ in range(2):
        people.cycle()


def lead_comes_back(drill: Drill) -> None:
    """The rep lets Ada go for want of a budget; Bo asks for a demo."""
    drill.people.clock.advance(timedelta(minutes=2).total_seconds())
    drill.change("Lead", drill.lead, Status="Closed - Not Converted", CRMBridge_Reason__c="BUDGET")
    drill.people.form(BO, "Request a demo")


STORY = Story(side=Side.MARKETING, before=rep_at_work, after=lead_comes_back)
"""A demo request is worked by a rep; the portal's switch; the lead comes back for want of a budget
and belongs on a nurture list, and somebody else asks for a demo."""
