"""Object types of the portal's own, and HubSpot's lesser ones, behind the same handlers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient
from crmbridge_hubspot.simulator import HubSpotWorld, create_app

SCHEMAS, OBJECTS = "/crm-object-schemas/v3/schemas", "/crm/v3/objects"
CAR = {
    "name": "Car",
    "labels": {"singular": "Car", "plural": "Cars"},
    "properties": [
        {"name": "plate", "label": "Plate", "hasUniqueValue": True},
        {"name": "doors", "label": "Doors", "type": "number", "fieldType": "number"},
    ],
    "requiredProperties": ["plate"],
    "searchableProperties": ["plate"],
    "primaryDisplayProperty": "plate",
    "associatedObjects": ["CONTACT"],
}


@pytest.fixture
def car(portal: SimulatorClient) -> dict[str, Any]:
    answer = portal.post(SCHEMAS, CAR)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def drive(portal: SimulatorClient, **properties: str) -> Any:
    return portal.post(f"{OBJECTS}/car", {"properties": properties})


def test_a_schema_has_an_id_of_its_own_and_is_found_by_every_name(
    portal: SimulatorClient, car: dict[str, Any]
) -> None:
    assert car["objectTypeId"].startswith("2-")
    assert car["fullyQualifiedName"] == "p424242_car"
    assert {"car_to_contact", "car_to_note", "car_to_task"} <= {
        one["name"] for one in car["associations"]
    }
    assert {"plate", "doors", "hs_object_id"} <= {one["name"] for one in car["properties"]}
    for name in (car["objectTypeId"], "p424242_car", "p_car", "car"):
        assert portal.get(f"{SCHEMAS}/{name}").json() == car
        assert portal.get(f"{OBJECTS}/{name}").json() == {"results": []}
    for path in ("/crm/v3/schemas", "/crm-object-schemas/2026-03/schemas"):
        assert portal.get(path).json()["results"] == [car]


def test_records_of_it_live_as_all_others_do(portal: SimulatorClient, car: dict[str, Any]) -> None:
    made = drive(portal, plate="B-A 1", doors="3").json()
    url = f"{OBJECTS}/{car['objectTypeId']}/{made['id']}"
    portal.call("PATCH", url, {"properties": {"doors": "5"}})
    read = portal.get(url, propertiesWithHistory="doors").json()
    assert [one["value"] for one in read["propertiesWithHistory"]["doors"]] == ["5", "3"]
    by_plate = portal.get(f"{OBJECTS}/car/B-A 1", idProperty="plate").json()
    assert by_plate["id"] == made["id"]
    batch = {"inputs": [{"id": "B-A 1", "idProperty": "plate", "properties": {"doors": "4"}}]}
    (upserted,) = portal.post(f"{OBJECTS}/p_car/batch/upsert", batch).json()["results"]
    assert (upserted["new"], upserted["properties"]["doors"]) == (False, "4")
    found = portal.post(f"{OBJECTS}/car/search", {"query": "b-a", "properties": ["doors"]}).json()
    assert [one["properties"]["doors"] for one in found["results"]] == ["4"]
    assert portal.call("DELETE", url).status_code == 204
    assert portal.get(url).status_code == 404


def test_required_properties_are_required(portal: SimulatorClient, car: dict[str, Any]) -> None:
    refused = drive(portal, doors="3")
    assert refused.status_code == 400
    assert refused.json()["context"] == {"properties": ["plate"]}
    body = {"requiredProperties": ["plate", "doors"], "labels": {"plural": "Motors"}}
    changed = portal.call("PATCH", f"{SCHEMAS}/car", body).json()
    assert changed["labels"] == {"singular": "Car", "plural": "Motors"}
    assert drive(portal, plate="B-A 1").json()["context"] == {"properties": ["doors"]}


def test_it_is_associated_with_what_it_names_and_with_activities(
    portal: SimulatorClient, car: dict[str, Any]
) -> None:
    record = drive(portal, plate="B-A 1").json()["id"]
    contact = portal.post(f"{OBJECTS}/contacts", {"properties": {"firstname": "A"}}).json()["id"]
    url = f"/crm/v4/objects/car/{record}/associations"
    assert portal.call("PUT", f"{url}/default/contacts/{contact}").status_code == 200
    (linked,) = portal.get(f"{url}/contacts").json()["results"]
    (kind,) = linked["associationTypes"]
    assert (kind["category"], kind["label"]) == ("USER_DEFINED", None)
    back = portal.get(f"{OBJECTS}/contacts/{contact}", associations="car").json()
    (there,) = back["associations"]["p424242_car"]["results"]
    assert there["id"] == record
    company = portal.post(f"{OBJECTS}/companies", {"properties": {"name": "A"}}).json()["id"]
    assert portal.call("PUT", f"{url}/default/companies/{company}").status_code == 400
    join = {"fromObjectTypeId": car["objectTypeId"], "toObjectTypeId": "0-2"}
    assert portal.post(f"{SCHEMAS}/car/associations", join).status_code == 201
    assert portal.post(f"{SCHEMAS}/car/associations", join).status_code == 400
    assert portal.call("PUT", f"{url}/default/companies/{company}").status_code == 200
    ended = portal.call("DELETE", f"{SCHEMAS}/car/associations/car_to_company")
    assert ended.status_code == 204
    assert portal.get(f"{url}/companies").json() == {"results": []}
    again = portal.call("DELETE", f"{SCHEMAS}/car/associations/car_to_company")
    assert again.status_code == 404


def test_no_search_by_an_association_with_it(portal: SimulatorClient, car: dict[str, Any]) -> None:
    for kind, other in (("car", "contact"), ("contacts", "car")):
        one = {"propertyName": f"associations.{other}", "operator": "EQ", "value": "1"}
        body = {"filterGroups": [{"filters": [one]}]}
        assert portal.post(f"{OBJECTS}/{kind}/search", body).status_code == 400


def test_a_schema_in_use_stays_and_a_given_up_one_is_no_object_type(
    portal: SimulatorClient, car: dict[str, Any]
) -> None:
    made = drive(portal, plate="B-A 1").json()
    assert portal.call("DELETE", f"{SCHEMAS}/car").status_code == 400
    portal.call("DELETE", f"{OBJECTS}/car/{made['id']}")
    assert portal.call("DELETE", f"{SCHEMAS}/car").status_code == 204
    assert portal.get(f"{SCHEMAS}/car").status_code == 404
    unknown = portal.get(f"{OBJECTS}/car")
    assert (unknown.status_code, unknown.json()["category"]) == (400, "VALIDATION_ERROR")
    (archived,) = portal.get(SCHEMAS, archived="true").json()["results"]
    assert (archived["name"], archived["archived"]) == ("car", True)
    assert portal.post(SCHEMAS, CAR).status_code == 400


@pytest.mark.parametrize(
    "change",
    [
        {"name": "1car"},
        {"labels": {"singular": "Car"}},
        {"requiredProperties": ["wheels"]},
        {"associatedObjects": ["UNICORN"]},
        {"properties": []},
    ],
)
def test_senseless_schemas_are_400(portal: SimulatorClient, change: dict[str, Any]) -> None:
    assert portal.post(SCHEMAS, {**CAR, **change}).status_code == 400
    assert portal.get(SCHEMAS).json() == {"results": []}


def test_its_scopes_are_those_of_custom_objects(
    portal: SimulatorClient, car: dict[str, Any]
) -> None:
    portal.sim("tokens/crmbridge", {"scopes": ["crm.objects.custom.read"]}, method="PATCH")
    assert portal.get(f"{OBJECTS}/car").status_code == 200
    assert drive(portal, plate="B-A 1").status_code == 403
    assert portal.get(f"{OBJECTS}/contacts").status_code == 403


@pytest.mark.parametrize(
    ("kind", "number", "properties"),
    [
        ("tickets", "0-5", {"subject": "Help", "hs_pipeline": "0", "hs_pipeline_stage": "1"}),
        ("calls", "0-48", {"hs_timestamp": "2026-03-02T09:00:00Z", "hs_call_title": "Hello"}),
        ("emails", "0-49", {"hs_timestamp": "2026-03-02T09:00:00Z"}),
        ("meetings", "0-47", {"hs_timestamp": "2026-03-02T09:00:00Z"}),
        ("leads", "0-136", {"hs_lead_name": "Acme"}),
    ],
)
def test_hubspots_other_objects_are_served_alike(
    portal: SimulatorClient, kind: str, number: str, properties: dict[str, str]
) -> None:
    assert portal.post(f"{OBJECTS}/{kind}", {"properties": {}}).status_code == 400
    made = portal.post(f"{OBJECTS}/{kind}", {"properties": properties})
    assert made.status_code == 201, made.text
    listed = portal.get(f"{OBJECTS}/{number}").json()["results"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    contact = portal.post(f"{OBJECTS}/contacts", {"properties": {"firstname": "A"}}).json()["id"]
    url = f"/crm/v4/objects/{kind}/{made.json()['id']}/associations/default/contacts/{contact}"
    assert portal.call("PUT", url).status_code == 200


def test_a_kept_portal_has_its_object_types_again(tmp_path: Path, stage: Any, served: Any) -> None:
    path, ids = tmp_path / "kept.sqlite", []
    for life in range(2):
        world = HubSpotWorld(WorldClock(), enforce_rate_limits=False, state_path=path)
        stage.app = create_app(world)
        with SimulatorClient(served.base_url, world.token("crmbridge")) as portal:
            if life == 0:
                portal.post(SCHEMAS, CAR)
                ids.append(drive(portal, plate="B-A 1").json()["id"])
                contact = portal.post(f"{OBJECTS}/contacts", {"properties": {"firstname": "A"}})
                ids.append(contact.json()["id"])
                link = f"{ids[0]}/associations/default/contacts/{ids[1]}"
                assert portal.call("PUT", f"/crm/v4/objects/car/{link}").status_code == 200
            else:
                assert drive(portal, plate="B-A 1").status_code == 400
                assert drive(portal, doors="1").status_code == 400
                linked = portal.get(f"/crm/v4/objects/car/{ids[0]}/associations/contacts").json()
                assert [str(one["toObjectId"]) for one in linked["results"]] == ids[1:]
        assert world.state
        world.state.close()
