"""Logins, hosts, clocks, scopes, permissions and budgets, each broken once and found."""

from __future__ import annotations

import socket
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.scenario.doctor.conftest import is_bad

from crmbridge.doctor import examine_bridge
from crmbridge.findings import Severity

if TYPE_CHECKING:
    from tests.scenario.doctor.conftest import Surgery


class Skewed:
    """A clock that goes wrong by a fixed time."""

    def __init__(self, surgery: Surgery, minutes: float) -> None:
        self._clock = surgery.sandbox.clock
        self._by = timedelta(minutes=minutes)

    def now(self) -> datetime:
        return self._clock.now() + self._by

    def wait_until(self, instant: datetime, stop: threading.Event) -> None:
        raise NotImplementedError


def test_a_well_bridge_is_well_and_nothing_was_written(surgery: Surgery) -> None:
    before = surgery.store.read_bytes(), surgery.shown()
    found = surgery.look()
    assert {Severity.FINE, Severity.UNSEEN} == {each.severity for each in found}
    checks = {(each.check, each.about) for each in found}
    for system in ("hubspot", "salesforce"):
        for check in ("login", "clock", "store", "API budget", "set-up"):
            assert (check, system) in checks
    assert before == (surgery.store.read_bytes(), surgery.shown())


@pytest.mark.parametrize(
    ("section", "about"),
    [
        ({"hubspot": {"token": "pat-na1-wrong"}}, "hubspot.token"),
        ({"salesforce": {"client_secret": "wrong"}}, "salesforce.client_secret"),
        ({"salesforce": {"client_id": "wrong"}}, "salesforce.client_"),
    ],
)
def test_a_wrong_token(section: Any, about: str, surgery: Surgery) -> None:
    found = surgery.only(**section)
    assert ("login", Severity.ERROR) == (found.check, found.severity)
    assert about in found.says
    assert "docs/connectors/" in found.remedy
    assert "wrong" not in found.says


@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_a_token_that_has_expired(system: str, surgery: Surgery) -> None:
    """A session that was ended, and a refresh token that was revoked."""
    address = {"base_url": surgery.sandbox.sections()[system]["base_url"]}
    section = {
        "salesforce": {**address, "flow": "session", "session_id": "00D5g000004c9KY!AQended"},
        "hubspot": {
            **address,
            "flow": "oauth",
            "client_id": surgery.sandbox.hubspot_world.oauth.client_id,
            "client_secret": surgery.sandbox.hubspot_world.oauth.client_secret,
            "refresh_token": "na1-revoked",
        },
    }[system]
    planted = surgery.replaced(system, section)
    (found,) = [each for each in examine_bridge(planted, surgery.sandbox.clock) if is_bad(each)]
    assert ("login", system) == (found.check, found.about)
    assert any(word in found.says for word in ("session_id", "refresh_token"))
    assert found.remedy


@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_a_host_that_does_not_answer(system: str, surgery: Surgery) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    sections: dict[str, Any] = {system: {"base_url": url}}
    found = surgery.only(**sections)
    assert ("reachability", system, Severity.ERROR) == (found.check, found.about, found.severity)
    assert f"{system}.base_url" in found.says


@pytest.mark.parametrize(
    ("minutes", "severity", "says"),
    [
        (10, Severity.ERROR, "10 min ahead of"),
        (-10, Severity.ERROR, "10 min behind"),
        (3, Severity.WARNING, "3 min ahead of"),
    ],
)
def test_a_clock_that_is_off(
    minutes: float, severity: Severity, says: str, surgery: Surgery
) -> None:
    found = surgery.bad(Skewed(surgery, minutes))
    assert {("clock", severity)} == {(each.check, each.severity) for each in found}
    assert 2 == sum(says in each.says for each in found)
    assert all("NTP" in each.remedy for each in found)


SCOPES = frozenset(
    {
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.objects.companies.read",
        "crm.objects.owners.read",
        "crm.lists.read",
        "crm.lists.write",
        "crm.schemas.contacts.read",
        "crm.schemas.contacts.write",
    }
)


@pytest.mark.parametrize(
    ("taken", "purpose"),
    [
        ("crm.objects.contacts.write", "writing contacts"),
        ("crm.lists.write", "writing lists"),
        ("crm.schemas.contacts.write", "`crmbridge setup`"),
        ("crm.objects.companies.read", "reading companies"),
        ("crm.lists.read", "reading lists"),
    ],
)
def test_a_missing_hubspot_scope(taken: str, purpose: str, surgery: Surgery) -> None:
    access = surgery.sandbox.hubspot_world.access
    access.limit_scopes("crmbridge", SCOPES - {taken})
    try:
        found = surgery.bad()
    finally:
        access.limit_scopes("crmbridge", None)
    said = [each for each in found if f"no scope for {purpose}:" in each.says]
    assert [Severity.ERROR] == [each.severity for each in said]
    assert taken in said[0].says
    assert "Settings > Integrations" in said[0].remedy


def test_a_missing_salesforce_field_permission(surgery: Surgery) -> None:
    surgery.people.org.sim("hidden", {"fields": [["Lead", "Phone"], ["Contact", "Email"]]})
    try:
        found = surgery.only()
    finally:
        surgery.people.org.sim("hidden", {})
    assert ("permissions", Severity.ERROR) == (found.check, found.severity)
    assert "does not see Contact.Email, Lead.Phone" in found.says
    assert "permission set" in found.remedy


@pytest.mark.parametrize(
    ("share", "severity", "says"),
    [(0.85, Severity.WARNING, "nearly spent"), (0.95, Severity.ERROR, "waits for the day")],
)
def test_a_budget_that_is_nearly_spent(
    share: float, severity: Severity, says: str, surgery: Surgery
) -> None:
    usage = surgery.sandbox.salesforce_world.usage
    maximum = usage.maximum
    usage.maximum = round(usage.used(surgery.sandbox.salesforce_world.now()) / share)
    try:
        found = [each for each in surgery.bad() if each.check == "API budget"]
    finally:
        usage.maximum = maximum
    assert [severity] == [each.severity for each in found]
    assert says in found[0].says
    assert "salesforce.daily_reserve" in found[0].remedy


def test_an_integration_user_that_another_tool_uses(surgery: Surgery) -> None:
    org, world = surgery.people.org, surgery.sandbox.salesforce_world
    account = org.post("/services/data/v67.0/sobjects/Account", {"Name": "Imported"}).json()["id"]
    try:
        found = surgery.only()
    finally:
        world.store.remove("Account", account)
    assert ("integration user", Severity.WARNING) == (found.check, found.severity)
    assert "never creates: Account" in found.says
    assert "a user of its own" in found.remedy


def test_settings_without_one_of_the_crms(surgery: Surgery) -> None:
    planted = surgery.replaced("salesforce", None)
    (found,) = [each for each in examine_bridge(planted, surgery.sandbox.clock) if is_bad(each)]
    assert ("settings", "salesforce") == (found.check, found.about)
    assert "add a section `salesforce`" in found.remedy
