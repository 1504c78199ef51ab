"""What the demo must show for any seed, checked through both CRMs' own APIs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crmbridge.core.model import ObjectType, Stage
from crmbridge.demo.runner import Demo, prepare, run
from crmbridge.sandbox.seeding import API
from crmbridge.simulation import SimulatorClient

DAYS = 42
PEOPLE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Six weeks as both CRMs and the report show them afterwards."""

    report: dict[str, Any]
    contacts: dict[str, dict[str, Any]]
    sales: dict[str, dict[str, Any]]
    lists: dict[str, set[str]]
    belongs: dict[str, set[str]]


def six_weeks(seed: int, folder: Path, people: int = PEOPLE) -> Shown:
    """Run the demo for a seed and read both CRMs back."""
    with prepare(folder / "demo.db", people=people, seed=seed, days=DAYS) as demo:
        report = run(demo, DAYS)
        portal = demo.sandbox.hubspot_client(demo.sandbox.hubspot_token)
        token = demo.sandbox.connection()["salesforce"]["access_token"]
        return Shown(
            report=report,
            contacts=_contacts(portal),
            sales=_sales(demo.sandbox.salesforce_client(token)),
            lists=_lists(portal),
            belongs=_belongs(demo),
        )


def _contacts(portal: SimulatorClient) -> dict[str, dict[str, Any]]:
    """Person id → what HubSpot shows, with the contact's own id."""
    names = ["crmbridge_uid", "crmbridge_stage", "crmbridge_sla_due", "hs_email_optout"]
    found: dict[str, dict[str, Any]] = {}
    after: str | None = None
    while True:
        answer = portal.get(
            "/crm/v3/objects/contacts", limit=100, properties=",".join(names), after=after
        )
        answer.raise_for_status()
        for item in answer.json()["results"]:
            properties = item["properties"]
            found[properties["crmbridge_uid"]] = {**properties, "id": item["id"]}
        after = answer.json().get("paging", {}).get("next", {}).get("after")
        if after is None:
            return found


def _sales(org: SimulatorClient) -> dict[str, dict[str, Any]]:
    """Person id → what Salesforce shows on the contact, else on the open lead."""
    found: dict[str, dict[str, Any]] = {}
    for source in ("Lead WHERE IsConverted = false", "Contact"):
        soql = (
            f"SELECT Id, CRMBridge_UID__c, CRMBridge_Stage__c, CRMBridge_SLA_Due__c FROM {source}"
        )
        answer = org.get(f"{API}/query", q=soql)
        answer.raise_for_status()
        assert answer.json()["done"]
        for row in answer.json()["records"]:
            found[row["CRMBridge_UID__c"]] = row
    return found


def _lists(portal: SimulatorClient) -> dict[str, set[str]]:
    """Nurture list → the contact ids HubSpot shows on it."""
    found: dict[str, set[str]] = {}
    answer = portal.post("/crm/v3/lists/search", {"query": "NL-", "count": 100})
    for item in answer.json()["lists"]:
        members = portal.get(f"/crm/v3/lists/{item['listId']}/memberships", limit=250)
        assert "paging" not in members.json()
        found[item["name"]] = {str(row["recordId"]) for row in members.json()["results"]}
    return found


def _belongs(demo: Demo) -> dict[str, set[str]]:
    """Nurture list → the contact ids that belong there: recycled, no objection, and not
    taken off by a marketer."""
    lists = {t.name: t.list_name for t in demo.bridge.rules.recycling.tracks.values()}
    wanted: dict[str, set[str]] = {name: set() for name in lists.values()}
    with demo.bridge.store.read() as tx:
        for uid in tx.uids():
            standing = tx.standing(uid)
            assert standing is not None
            waiting = standing.recycle
            if standing.stage is not Stage.RECYCLED or waiting is None or standing.opted_out:
                continue
            for ref in tx.links(uid):
                if ref.system == "hubspot" and ref.object_type is ObjectType.CONTACT:
                    removed = (lists[waiting.track], ref.id) in demo.marketer.removed
                    if not (removed and waiting.removed_by_hand):
                        wanted[lists[waiting.track]].add(ref.id)
    return wanted


def check_report(report: dict[str, Any], people: int = PEOPLE) -> None:
    """Every stage, three lists, the loop closed, both outcomes of promises, and silence."""
    assert people == report["persons"]
    assert [] == [stage for stage, count in report["stages"].items() if not count]
    assert 3 <= sum(1 for members in report["nurture_lists"].values() if members)
    assert report["re_mql_total"] > 0
    assert report["sla"]["met"] > 0
    assert report["sla"]["breached"] > 0
    assert report["idle_cycles"] >= 10
    assert 0 == report["idle_writes"]
    assert report["idle_calls_per_cycle"] <= 3
    assert 0 == report["parked"]


def check_sides(shown: Shown) -> None:
    """Nobody differs between the two CRMs in stage or due date."""
    both = shown.contacts.keys() & shown.sales.keys()
    assert len(both) > 100
    for uid in both:
        contact, lead = shown.contacts[uid], shown.sales[uid]
        assert contact["crmbridge_stage"] == lead["CRMBridge_Stage__c"], uid
        due = (contact["crmbridge_sla_due"] or "")[:19]
        assert due == (lead["CRMBridge_SLA_Due__c"] or "")[:19], uid


def check_lists(shown: Shown) -> None:
    """HubSpot's lists hold exactly those who belong there."""
    assert shown.belongs == {name: shown.lists.get(name, set()) for name in shown.belongs}
