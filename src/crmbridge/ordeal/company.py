"""Two simulated CRMs, the people who work in them, and the bridge between, in virtual time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from crmbridge.app import nurture_lists, open_bridge
from crmbridge.clock import WorldClock
from crmbridge.core.model import Side
from crmbridge.engine.cycle import Bridge, CycleReport
from crmbridge.ordeal.crashes import FragileConnector, FragileStore, Fuse
from crmbridge.ordeal.watching import Watch
from crmbridge.ports import Connector
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.seeding import API, Rep, Team, make_team
from crmbridge.settings import Settings, load_settings
from crmbridge.store import Store, Transaction, open_existing
from crmbridge.store_place import StorePlace

START = datetime(2026, 6, 9, 7, 0, tzinfo=UTC)
SLOW = timedelta(minutes=15)
"""How often the cold streams are read here: an ordeal has no weeks."""

OPEN_TRANSACTIONS = timedelta(minutes=10)
"""How long somebody's transaction in Salesforce may run before its rows are seen."""

CONTACTS = "/crm/v3/objects/contacts"
NO_ASSIGNMENT = {"Sforce-Auto-Assign": "FALSE"}


class Company:
    """Both CRMs as their users see them, and a bridge that can end and begin again.

    ``skew`` is how far the bridge's own clock is ahead of the CRMs'.
    """

    def __init__(self, sandbox: Sandbox, store: StorePlace) -> None:
        self.sandbox = sandbox
        self.clock: WorldClock = sandbox.clock
        self.fuse = Fuse()
        self.skew = timedelta(0)
        self.visitors = sandbox.hubspot_client()
        self.portal = sandbox.hubspot_client(sandbox.marketer_token)
        self.team: Team = make_team(sandbox)
        # Not the bridge's own user: its calls are struck.
        office = sandbox.salesforce_client()
        self._admin = office.sim("users", {"Name": "Olga Admin", "TimeZoneSidKey": "GMT"})["id"]
        session = office.sim("session", {"user_id": self._admin})
        self.org = sandbox.salesforce_client(session["access_token"])
        self.watch = Watch(self.portal, self.org)
        self._as_rep = {
            rep.user_id: sandbox.salesforce_client(rep.token)
            for rep in (*self.team.reps, self.team.manager)
        }
        self.settings: Settings = load_settings(
            None,
            {
                **sandbox.sections(),
                "store": store,
                "slow_interval": SLOW.total_seconds(),
            },
        )
        self._stack = ExitStack()
        self.bridge: Bridge = self._open()
        self.rules = self.bridge.rules
        self._set_up()

    def cycle(self) -> CycleReport:
        """One cycle of the bridge, by its own clock."""
        self.let_transactions_run()
        return self.bridge.run_cycle(self.clock.now() + self.skew)

    def let_transactions_run(self) -> None:
        """Somebody's transactions in the org last so long that it does not call the last minutes
        complete."""
        switches = self.sandbox.salesforce_world.switches
        switches.latest_date_covered = self.clock.now() - OPEN_TRANSACTIONS

    @contextmanager
    def peek(self) -> Iterator[Transaction]:
        """What the bridge has stored, while another process may be at work."""
        with open_existing(self.settings.store) as store, store.read() as tx:
            yield tx

    def begin_again(self) -> None:
        """Another process takes over what the last one left."""
        self.close()
        self._stack = ExitStack()
        rules = self.bridge.rules
        self.bridge = self._open()
        self.bridge.rules = rules

    def close(self) -> None:
        """End the bridge."""
        self._stack.close()

    def _open(self) -> Bridge:
        bridge = self._stack.enter_context(open_bridge(self.settings))
        fragile = {
            side: cast("Connector", FragileConnector(connector, self.fuse, self.watch))
            for side, connector in bridge.connectors.items()
        }
        self.store = bridge.store
        bridge.store = cast("Store", FragileStore(bridge.store, self.fuse))
        bridge.connectors = fragile
        bridge.pause = self.clock.advance
        bridge.meet()
        return bridge

    def _set_up(self) -> None:
        for connector in self.bridge.connectors.values():
            connector.provision(nurture_lists(self.bridge.rules))
        installer = self.sandbox.salesforce_client(
            self.sandbox.connection()["salesforce"]["access_token"]
        )
        users = [rep.user_id for rep in (*self.team.reps, self.team.manager)] + [self._admin]
        for found in self.query("SELECT Id FROM PermissionSet WHERE Name LIKE 'CRMBridge%'"):
            for user in users:
                body = {"AssigneeId": user, "PermissionSetId": found["Id"]}
                installer.post(f"{API}/sobjects/PermissionSetAssignment", body).raise_for_status()

    def query(self, soql: str) -> list[dict[str, Any]]:
        """All rows that the org's admin gets."""
        answer = self.org.get(f"{API}/query", q=soql)
        answer.raise_for_status()
        return list(answer.json()["records"])

    def rows(self, table: str, *fields: str) -> list[dict[str, Any]]:
        """Every living row of a table with these fields, by id; of leads whether converted too."""
        names = ["Id", *fields, *(["IsConverted"] if table == "Lead" else [])]
        return self.query(f"SELECT {', '.join(names)} FROM {table} ORDER BY Id")  # noqa: S608

    def change(self, rep: Rep, sobject: str, identity: str, **values: Any) -> bool:
        """A rep's edit; whether the org took it."""
        path = f"{API}/sobjects/{sobject}/{identity}"
        answer = self._as_rep[rep.user_id].call("PATCH", path, values, headers=NO_ASSIGNMENT)
        return answer.status_code == 204

    def create(self, rep: Rep, sobject: str, **values: Any) -> str | None:
        """A record that a rep makes; its id, if the org took it."""
        path = f"{API}/sobjects/{sobject}"
        answer = self._as_rep[rep.user_id].call("POST", path, values, headers=NO_ASSIGNMENT)
        return str(answer.json()["id"]) if answer.status_code == 201 else None

    def contacts(self, *properties: str) -> list[dict[str, Any]]:
        """Every living contact as a marketer sees it, by id."""
        found: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            page = {"limit": 100, "properties": ",".join(("email", *properties))}
            answer = self.portal.get(CONTACTS, **page, **({"after": after} if after else {}))
            answer.raise_for_status()
            body = answer.json()
            found += body["results"]
            after = body.get("paging", {}).get("next", {}).get("after")
            if not after:
                return sorted(found, key=lambda each: int(each["id"]))

    def lists(self) -> dict[str, tuple[str, list[str]]]:
        """Nurture list → its id and the ids of its members."""
        answer = self.portal.post("/crm/v3/lists/search", {"query": "NL-", "count": 100})
        answer.raise_for_status()
        found = {}
        for item in answer.json()["lists"]:
            path = f"/crm/v3/lists/{item['listId']}/memberships"
            rows = self.portal.get(path, limit=250).json()["results"]
            found[item["name"]] = (str(item["listId"]), sorted(str(r["recordId"]) for r in rows))
        return found

    def connector(self, side: Side) -> Any:
        """The bridge's connector of a side."""
        return self.bridge.connectors[side]
