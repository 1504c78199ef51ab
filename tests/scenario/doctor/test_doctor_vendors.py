"""What only one vendor's CRM can be wrong about, each planted once and found."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.scenario.doctor.conftest import edit

from crmbridge.findings import Finding, Severity
from crmbridge.sandbox.seeding import API

if TYPE_CHECKING:
    from tests.scenario.doctor.conftest import Surgery


def told(surgery: Surgery, check: str, about: str = "salesforce", **more: Any) -> Finding:
    """The one thing that the doctor says of it."""
    (found,) = [each for each in surgery.look(**more) if (each.check, each.about) == (check, about)]
    return found


@pytest.mark.parametrize(
    ("newest", "severity"),
    [(67, Severity.FINE), (74, Severity.FINE), (75, Severity.WARNING), (80, Severity.WARNING)],
)
def test_an_api_version_that_may_soon_be_retired(
    newest: int, severity: Severity, surgery: Surgery
) -> None:
    """Three releases a year, and three years of support: the eighth after ours is the last but
    one."""
    surgery.people.org.sim("versions", {"newest": newest})
    try:
        found = told(surgery, "API version")
    finally:
        surgery.people.org.sim("versions", {})
    assert severity is found.severity
    assert found.says.startswith("v67.0 (Summer '26)")
    assert bool(found.remedy) is (severity is Severity.WARNING)
    if found.remedy:
        assert f"the org offers v{newest}.0" in found.says
        assert f"set salesforce.api_version to `v{newest}.0`" in found.remedy


@pytest.mark.parametrize(
    ("offered", "named"),
    [({"oldest": 68, "newest": 76}, "v68.0 to v76.0"), ({"newest": 66}, "v59.0 to v66.0")],
)
def test_an_api_version_that_the_org_does_not_offer(
    offered: dict[str, int], named: str, surgery: Surgery
) -> None:
    """Retired by now, or too new for it."""
    surgery.people.org.sim("versions", offered)
    try:
        found = surgery.only()
    finally:
        surgery.people.org.sim("versions", {})
    assert ("login", Severity.ERROR) == (found.check, found.severity)
    assert f"salesforce.api_version: the org offers {named}, not v67.0" in found.says
    assert "settings section `salesforce`" in found.remedy


@pytest.fixture
def capture(surgery: Surgery) -> Iterator[Callable[[dict[str, str]], None]]:
    """Switches Einstein Activity Capture on, for these users with these connections."""
    yield lambda users: surgery.people.org.sim("activity_capture", {"users": users}) and None
    surgery.people.org.sim("activity_capture", {})


def test_an_org_without_activity_capture_shows_no_sign_of_it(surgery: Surgery) -> None:
    found = told(surgery, "activity capture")
    assert (Severity.FINE, "no sign of") == (found.severity, found.says[:10])


@pytest.mark.parametrize(
    ("rep", "boss", "users"),
    [("ACTIVE", "NEEDSATTENTION", "2 users"), ("PENDING", "ACTIVE", "1 user")],
)
def test_mails_that_activity_capture_keeps_to_itself(
    rep: str,
    boss: str,
    users: str,
    capture: Callable[[dict[str, str]], None],
    surgery: Surgery,
) -> None:
    """The mailbox of one who has not yet connected it is kept by nobody."""
    capture({surgery.people.rep: rep, surgery.people.boss: boss})
    found = surgery.only()
    assert ("activity capture", Severity.WARNING) == (found.check, found.severity)
    assert f"takes the mails of {users}" in found.says
    assert "no touch" in found.says
    assert "Sync Email as Salesforce Activity" in found.remedy


def test_activity_capture_to_which_nobody_is_connected(
    capture: Callable[[dict[str, str]], None], surgery: Surgery
) -> None:
    capture({surgery.people.rep: "DISABLED", surgery.people.boss: "PENDING"})
    found = told(surgery, "activity capture")
    assert Severity.FINE is found.severity
    assert "nobody's mailbox is connected" in found.says


def test_captured_mails_that_become_tasks_are_for_a_person_to_judge(
    capture: Callable[[dict[str, str]], None], surgery: Surgery
) -> None:
    capture({surgery.people.rep: "ACTIVE"})
    org = surgery.people.org
    mail = {"Subject": "Email: Hello", "TaskSubtype": "Email", "OwnerId": surgery.people.rep}
    task = org.post(f"{API}/sobjects/Task", {**mail, "Status": "Completed"}).json()["id"]
    try:
        found = told(surgery, "activity capture")
    finally:
        surgery.sandbox.salesforce_world.store.remove("Task", task)
    assert Severity.UNSEEN is found.severity
    assert "some mails of the last 30 days are tasks" in found.says
    assert "Sync Email as Salesforce Activity" in found.remedy


@pytest.fixture
def contact(surgery: Surgery) -> Iterator[Callable[..., str]]:
    """Makes contacts, who are away afterwards."""
    portal, made = surgery.people.portal, list[str]()

    def make(email: str, **properties: str) -> str:
        made.append(surgery.people.contact(email, **properties))
        return email

    yield make
    for identity in made:
        portal.call("DELETE", f"/crm/v3/objects/contacts/{identity}")


LISTED = {"crmbridge_nurture_reason": "On NL-BUDGET: no budget.", "crmbridge_track": "NL-BUDGET"}


def test_people_on_nurture_lists_whom_hubspot_would_not_mail(
    contact: Callable[..., str], surgery: Surgery
) -> None:
    """Of others it does not matter, nor of those who want no mail."""
    visitors = surgery.people.visitors
    assert Severity.FINE is told(surgery, "nurture mail", "hubspot").severity
    visitors.sim("visitor/marketing", {"email": contact("al@example.com", **LISTED), "on": False})
    visitors.sim("visitor/marketing", {"email": contact("bo@example.com", **LISTED), "on": True})
    visitors.sim("visitor/marketing", {"email": contact("cy@example.com"), "on": False})
    contact("di@example.com", **LISTED)
    objects = contact("ed@example.com", **LISTED)
    visitors.sim("visitor/marketing", {"email": objects, "on": False})
    visitors.sim("visitor/unsubscribe", {"email": objects, "kind": "all"})
    found = surgery.only()
    assert ("nurture mail", Severity.WARNING) == (found.check, found.severity)
    assert found.says.startswith(
        "1 of the 3 people with a nurture track is a non-marketing contact"
    )
    assert "Set as marketing contact" in found.remedy
    assert "example.com" not in found.says


@pytest.mark.parametrize(("clicks", "severity"), [(0, Severity.FINE), (2, Severity.UNSEEN)])
def test_clicks_that_are_only_counted_fall_under_the_coarser_rule(
    clicks: int, severity: Severity, contact: Callable[..., str], surgery: Surgery
) -> None:
    email = contact("ed@example.com")
    surgery.people.visitors.sim("visitor/send", {"email": email})
    for _ in range(clicks):
        surgery.people.visitors.sim("visitor/click", {"email": email})
    found = told(surgery, "click scanners", "hubspot")
    assert severity is found.severity
    if clicks:
        assert "1 contact has clicked" in found.says
        assert "the coarser rule is in force: 3 clicks or more within 60 s" in found.says
        assert "`scanner_counter` in scoring.yaml" in found.remedy


def test_the_coarser_rule_is_told_with_the_numbers_of_the_rule_book(
    contact: Callable[..., str], surgery: Surgery, rules: Path
) -> None:
    email = contact("flo@example.com")
    surgery.people.visitors.sim("visitor/click", {"email": email})
    edit(rules, "scoring.yaml", "clicks: 3, within_seconds: 60", "clicks: 5, within_seconds: 10")
    found = told(surgery, "click scanners", "hubspot", rules=rules)
    assert "5 clicks or more within 10 s" in found.says
