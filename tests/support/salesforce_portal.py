"""The simulated Salesforce org as the contract of connectors needs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from installed import install_fields
from pydantic import SecretStr

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType
from crmbridge.ports import Connector, FieldNames
from crmbridge.simulation import SimulatorClient
from crmbridge.testing.portal import Skill
from crmbridge_salesforce.plugin import plugin
from crmbridge_salesforce.settings import SalesforceSettings
from crmbridge_salesforce.simulator import SalesforceWorld

ROOT = "/services/data/v67.0"
_NAMES = {
    f.TITLE: "Title",
    f.EMAIL: "Email",
    f.SCORE: "CRMBridge_Score__c",
    f.OPTED_OUT: "HasOptedOutOfEmail",
}


class SalesforcePortal:
    """One org, set up, with a rep in it."""

    person = ObjectType.LEAD
    people = "changes"
    idle = 1
    batch = 1_000
    writing = "composite/sobjects"
    lacks: Mapping[Skill, str] = {
        Skill.LISTS: "nurture lists are marketing's; Salesforce has none of people (contract §12)",
    }

    def __init__(self, world: SalesforceWorld, base_url: str) -> None:
        self._world = world
        self._base_url = base_url
        self._office = SimulatorClient(base_url)
        self.owner = str(self._office.sim("users", {"Name": "Rita Rep"})["id"])
        token = self._office.sim("session", {"user_id": self.owner})["access_token"]
        self.rep = SimulatorClient(base_url, token)
        self.connector = self._connect(world.consumer_secret, base_url)
        install_fields(world)
        self.connector.provision({})
        self._made = 0

    def _connect(self, secret: str, base_url: str) -> Connector:
        settings = SalesforceSettings(
            base_url=base_url,
            client_id=self._world.consumer_key,
            client_secret=SecretStr(secret),
        )
        return plugin.connect(settings, FieldNames())

    def stranger(self) -> Connector:
        return self._connect("sesame", self._base_url)

    def nowhere(self) -> Connector:
        return self._connect("sesame", "http://127.0.0.1:9")

    def arrive(self, count: int = 1, *, together: bool = False) -> list[str]:
        found: list[str] = []
        self._made += count
        for begin in range(self._made - count, self._made, 200):
            rows = [
                {
                    "attributes": {"type": "Lead"},
                    "LastName": f"Doe {n}",
                    "Company": "Acme",
                    "Email": f"p{n}@people.example",
                }
                for n in range(begin, min(begin + 200, self._made))
            ]
            answer = self.rep.post(f"{ROOT}/composite/sobjects", {"records": rows})
            assert answer.status_code == 200, answer.text
            found += [str(each["id"]) for each in answer.json()]
        return found

    def address(self, identity: str) -> str:
        return str(self.shown(identity, f.EMAIL))

    def edit(self, identity: str, title: str) -> None:
        path, headers = f"{ROOT}/sobjects/Lead/{identity}", {"Sforce-Auto-Assign": "FALSE"}
        answer = self.rep.call("PATCH", path, {"Title": title}, headers=headers)
        assert answer.status_code == 204, answer.text

    def do(self, identity: str) -> None:
        body = {"WhoId": identity, "Subject": "Call", "Status": "Completed", "TaskSubtype": "Call"}
        answer = self.rep.post(f"{ROOT}/sobjects/Task", body)
        assert answer.status_code == 201, answer.text

    def delete(self, identity: str) -> None:
        assert self.rep.call("DELETE", f"{ROOT}/sobjects/Lead/{identity}").status_code == 204

    def restore(self, identity: str) -> None:
        self._office.sim("undelete", {"object": "Lead", "id": identity})

    def merge(self, winner: str, loser: str) -> str:
        body = {"object": "Lead", "master_id": winner, "loser_ids": [loser]}
        self._office.sim("merge", body)
        return winner

    def hide_stage(self) -> None:
        self._office.sim("hidden", {"fields": [["Lead", "CRMBridge_Stage__c"]]})

    def shown(self, identity: str, field: str) -> str | None:
        name = _NAMES[field]
        rows = self._query(f"SELECT {name} FROM Lead WHERE Id = '{identity}'")
        value = rows[0][name]
        return None if value is None else str(value)

    def everybody(self) -> list[str]:
        return [str(row["Id"]) for row in self._query("SELECT Id FROM Lead ORDER BY Id")]

    def members(self, name: str) -> list[str]:
        raise AssertionError(self.lacks[Skill.LISTS])

    def tasks(self) -> int:
        return len(self._query("SELECT Id FROM Task"))

    def wait(self, seconds: float) -> None:
        self._world.clock.advance(seconds)

    def fault(self, action: str, path: str = "", **rule: object) -> None:
        given = {"action": action, "path": path, "token": "integration", **rule}
        self._office.sim("faults", given)

    def close(self) -> None:
        self.connector.close()
        self.rep.close()
        self._office.close()

    def _query(self, soql: str) -> list[dict[str, Any]]:
        token = self._world.sessions.open(self._world.integration_user_id)
        with SimulatorClient(self._base_url, token) as everything:
            answer = everything.get(f"{ROOT}/query", q=soql)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["records"])
