"""A portal, an org, one rep and her manager, and a bridge between them, in virtual time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from installed import install_fields

from crmbridge.app import nurture_lists, open_bridge
from crmbridge.clock import WorldClock
from crmbridge.engine.cycle import Bridge, CycleReport
from crmbridge.sandbox import Sandbox
from crmbridge.sandbox.seeding import API
from crmbridge.settings import load_settings

START = datetime(2026, 6, 9, 7, 0, tzinfo=UTC)


class Company:
    """A portal, an org, one rep and her manager, and a bridge between them."""

    def __init__(self, sandbox: Sandbox, bridge: Bridge) -> None:
        self.clock, self.bridge, self.sandbox = sandbox.clock, bridge, sandbox
        self.visitors = sandbox.hubspot_client()
        self.portal = sandbox.hubspot_client(sandbox.marketer_token)
        self.org = sandbox.salesforce_client(sandbox.connection()["salesforce"]["access_token"])
        zone = {"TimeZoneSidKey": "Europe/Berlin"}
        boss = self.org.sim("users", {"Name": "Mara Boss", **zone})["id"]
        rep = self.org.sim("users", {"Name": "Nora Rep", "ManagerId": boss, **zone})["id"]
        self.boss, self.rep = boss, rep
        self.org.sim("assignment", {"users": [rep]})

    def contact(self, email: str, **more: str) -> str:
        properties = {
            "email": email,
            "firstname": email.split("@")[0].title(),
            "lastname": "Abbott",
            "jobtitle": "VP Operations",
            "industry": "Logistics",
            "country": "Germany",
            **more,
        }
        answer = self.portal.post("/crm/v3/objects/contacts", {"properties": properties})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def form(self, email: str, name: str) -> None:
        self.visitors.sim("visitor/form", {"email": email, "form": name})

    def cycle(self, minutes: float = 1) -> CycleReport:
        self.clock.advance(timedelta(minutes=minutes).total_seconds())
        return self.bridge.run_cycle(self.clock.now())

    def query(self, soql: str) -> list[dict[str, Any]]:
        answer = self.org.get(f"{API}/query", q=soql)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["records"])

    def told_after(self, minutes: float) -> list[str]:
        """Run a cycle; the owners of every task that is there then, in order."""
        self.cycle(minutes)
        return sorted(row["OwnerId"] for row in self.query("SELECT OwnerId FROM Task"))

    def task_ids(self) -> list[str]:
        return [row["Id"] for row in self.query("SELECT Id FROM Task")]

    def stages(self) -> dict[str, int]:
        with self.bridge.store.read() as tx:
            return {name: count for name, count in tx.stage_counts().items() if count}


@contextmanager
def company(
    folder: Path,
    *,
    hubspot: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    native_connector: bool = False,
    **salesforce: Any,
) -> Iterator[Company]:
    """The company with its store in ``folder``, and further settings, also of either side."""
    with Sandbox(
        WorldClock(START), rate_limits=False, native_connector=native_connector
    ) as sandbox:
        sections = sandbox.sections()
        sections["salesforce"] = {**sections["salesforce"], **salesforce}
        sections["hubspot"] = {**sections["hubspot"], **(hubspot or {})}
        own = {"store": folder / "bridge.db", "slow_interval": 900, **(settings or {})}
        with open_bridge(load_settings(None, {**sections, **own})) as bridge:
            bridge.pause = sandbox.clock.advance
            bridge.meet()
            install_fields(sandbox.salesforce_world)
            for connector in bridge.connectors.values():
                connector.provision(nurture_lists(bridge.rules))
            made = Company(sandbox, bridge)
            made.cycle()
            yield made
