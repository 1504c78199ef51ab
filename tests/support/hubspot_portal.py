"""The simulated HubSpot portal as the contract of connectors needs it."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType
from crmbridge.ports import Connector, FieldNames
from crmbridge.simulation import SimulatorClient
from crmbridge.testing.portal import Skill
from crmbridge_hubspot.plugin import plugin
from crmbridge_hubspot.settings import HubSpotSettings, PathFamily
from crmbridge_hubspot.simulator import HubSpotWorld

CONTACTS = "/crm/v3/objects/contacts"
_NAMES = {
    f.TITLE: "jobtitle",
    f.EMAIL: "email",
    f.SCORE: "crmbridge_score",
    f.OPTED_OUT: "hs_email_optout",
}


class HubSpotPortal:
    """One portal, set up, with a marketer in it."""

    person = ObjectType.CONTACT
    people = "contacts"
    idle = 1
    batch = 100
    writing = "batch/(update|upsert)"
    lacks: Mapping[Skill, str] = {
        Skill.RESTORE: "only HubSpot's screens take contacts out of the recycle bin (contract §4)",
        Skill.SEES_DELETES: "no search shows archived contacts (contract §4, §5)",
    }

    def __init__(self, world: HubSpotWorld, base_url: str, path_family: str = "v3") -> None:
        self._path_family = PathFamily(path_family)
        self._world = world
        self._base_url = base_url
        self.marketer = SimulatorClient(base_url, world.token("marketer"))
        body = {"email": "mara@ours.example", "firstName": "Mara", "lastName": "Market"}
        self.owner = str(self.marketer.sim("owners", body)["id"])
        self.connector = self._connect(world.token("crmbridge"), base_url)
        self.connector.provision({"NL-TIMING": ""})
        self._made = 0

    def _connect(self, token: str, base_url: str) -> Connector:
        settings = HubSpotSettings(
            token=SecretStr(token),
            base_url=base_url,
            path_family=self._path_family,
            searches_per_second=1000,
        )
        return plugin.connect(settings, FieldNames())

    def stranger(self) -> Connector:
        return self._connect("sesame", self._base_url)

    def nowhere(self) -> Connector:
        return self._connect("sesame", "http://127.0.0.1:9")

    def arrive(self, count: int = 1, *, together: bool = False) -> list[str]:
        found: list[str] = []
        for _ in range(count):
            self._made += 1
        for begin in range(self._made - count, self._made, 100):
            numbers = range(begin, min(begin + 100, self._made))
            inputs = [{"properties": {"email": f"p{n}@people.example"}} for n in numbers]
            answer = self.marketer.post(f"{CONTACTS}/batch/create", {"inputs": inputs})
            assert answer.status_code == 201, answer.text
            made = {each["properties"]["email"]: each["id"] for each in answer.json()["results"]}
            found += [made[f"p{n}@people.example"] for n in numbers]
        if together:
            self.marketer.sim("burst", {"count": count})
        return found

    def address(self, identity: str) -> str:
        return str(self.shown(identity, f.EMAIL))

    def edit(self, identity: str, title: str) -> None:
        answer = self.marketer.call(
            "PATCH", f"{CONTACTS}/{identity}", {"properties": {"jobtitle": title}}
        )
        assert answer.status_code == 200, answer.text

    def do(self, identity: str) -> None:
        body = {"email": self.address(identity), "form": "Whitepaper"}
        self.marketer.sim("visitor/form", body)

    def delete(self, identity: str) -> None:
        assert self.marketer.call("DELETE", f"{CONTACTS}/{identity}").status_code == 204

    def restore(self, identity: str) -> None:
        raise AssertionError(self.lacks[Skill.RESTORE])

    def merge(self, winner: str, loser: str) -> str:
        body = {"primaryObjectId": winner, "objectIdToMerge": loser}
        answer = self.marketer.post(f"{CONTACTS}/merge", body)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def hide_stage(self) -> None:
        path = "/crm/v3/properties/contacts/crmbridge_stage"
        assert self.marketer.call("DELETE", path).status_code == 204

    def shown(self, identity: str, field: str) -> str | None:
        answer = self.marketer.get(f"{CONTACTS}/{identity}", properties=_NAMES[field])
        value: str | None = answer.json()["properties"].get(_NAMES[field])
        return value

    def everybody(self) -> list[str]:
        answer = self.marketer.get(CONTACTS, limit=100)
        return [str(each["id"]) for each in answer.json()["results"]]

    def members(self, name: str) -> list[str]:
        found = self.marketer.get(f"/crm/v3/lists/object-type-id/0-1/name/{name}").json()
        path = f"/crm/v3/lists/{found['list']['listId']}/memberships"
        return sorted(str(each["recordId"]) for each in self.marketer.get(path).json()["results"])

    def tasks(self) -> int:
        return len(self.marketer.get("/crm/v3/objects/tasks", limit=100).json()["results"])

    def wait(self, seconds: float) -> None:
        self._world.clock.advance(seconds)

    def fault(self, action: str, path: str = "", **rule: object) -> None:
        given = {"action": action, "path": path, "token": "crmbridge", **rule}
        self.marketer.sim("faults", given)

    def close(self) -> None:
        self.connector.close()
        self.marketer.close()
