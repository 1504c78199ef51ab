"""Rule book, store, daemons and people, each broken once and found."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from daemon_process import write_config
from tests.scenario.doctor.conftest import edit

from crmbridge.cli.doctor import ERRORS, WARNINGS, doctor
from crmbridge.findings import Severity
from crmbridge.store import Store
from crmbridge.store.holder import Holder
from crmbridge.store.leases import WRITER
from crmbridge.store.patience import NoRival

if TYPE_CHECKING:
    from tests.scenario.doctor.conftest import Surgery


def test_a_rule_book_that_nobody_signed(surgery: Surgery, rules: Path) -> None:
    edit(rules, "scoring.yaml", "score: 60", "score: 61", sign=False)
    found = surgery.only(rules=rules)
    assert ("rule book", Severity.WARNING) == (found.check, found.severity)
    assert "was changed after marketing signed it" in found.says
    assert "crmbridge rules sign" in found.remedy


def test_a_broken_rule_book_hides_nothing_else(surgery: Surgery, rules: Path) -> None:
    edit(rules, "stages.yaml", "lifecycle:", "lifecicle:", sign=False)
    found = surgery.only(rules=rules)
    assert ("rule book", Severity.ERROR) == (found.check, found.severity)
    assert "stages.yaml:" in found.says
    assert "did you mean 'lifecycle'?" in found.says
    seen = {(each.check, each.about) for each in surgery.look(rules=rules)}
    assert {("login", "hubspot"), ("login", "salesforce")} <= seen


def test_a_rule_book_that_is_older_than_the_stores(surgery: Surgery, rules: Path) -> None:
    edit(rules, "standard.yaml", "in_force_from: 2026-01-01", "in_force_from: 2025-06-01")
    found = surgery.only(rules=rules)
    assert ("rule book", Severity.ERROR) == (found.check, found.severity)
    assert "is older than version 2026.1" in found.says
    assert "`rules:`" in found.remedy


def test_a_reason_that_is_terminal_and_recyclable(surgery: Surgery, rules: Path) -> None:
    edit(
        rules, "recycling.yaml", "values: [Inactive]", "values: [Works for competitor]", sign=False
    )
    found = surgery.only(rules=rules)
    assert ("rule book", Severity.ERROR) == (found.check, found.severity)
    assert "NO_ENGAGEMENT (recyclable)" in found.says
    assert "COMPETITOR (terminal)" in found.says


@pytest.mark.parametrize(
    ("ends", "says"), [("2026-05-31", "ended on 2026-05-31"), ("2026-07-31", "ends on 2026-07-31")]
)
def test_a_calendar_that_ends(ends: str, says: str, surgery: Surgery, rules: Path) -> None:
    path = rules / "sla.yaml"
    text = path.read_text().replace("ends_on: 2027-01-31", f"ends_on: {ends}", 1)
    # Off-days behind the end would be another fault.
    path.write_text(re.sub(r"off_days: \[.*\]", "off_days: [2026-05-25]", text, count=1))
    edit(rules, "sla.yaml", f"ends_on: {ends}", f"ends_on: {ends}")
    found = [each for each in surgery.bad(rules=rules) if each.check == "calendars"]
    assert [Severity.WARNING] == [each.severity for each in found]
    assert says in found[0].says
    assert "sla.yaml:" in found[0].about
    assert "ends_on" in found[0].remedy


@pytest.mark.parametrize(
    ("mode", "severity", "says"),
    [
        ({"mode": "live"}, Severity.FINE, "about everybody"),
        ({"mode": "shadow"}, Severity.UNSEEN, "nothing is written"),
        ({"mode": "canary", "scope": {"percent": 5}}, Severity.UNSEEN, "only the scope"),
    ],
)
def test_how_far_the_bridge_has_gone_live(
    mode: Any, severity: Severity, says: str, surgery: Surgery
) -> None:
    (found,) = [each for each in surgery.look(**mode) if each.check == "mode"]
    assert severity is found.severity
    assert says in found.says


def test_a_store_of_a_newer_release(surgery: Surgery, tmp_path: Path) -> None:
    newer = tmp_path / "newer.db"
    with closing(sqlite3.connect(surgery.store)) as live, closing(sqlite3.connect(newer)) as copy:
        live.backup(copy)
        copy.execute("UPDATE alembic_version SET version_num = '9999'")
        copy.commit()
    found = surgery.only(store=newer)
    assert ("store", Severity.ERROR) == (found.check, found.severity)
    assert "belongs to a newer crmbridge (schema 9999)" in found.says
    assert "release" in found.remedy


def test_a_store_of_an_older_release_is_not_brought_up_to_date_by_looking(
    surgery: Surgery, tmp_path: Path
) -> None:
    older = tmp_path / "older.db"
    with closing(sqlite3.connect(surgery.store)) as live, closing(sqlite3.connect(older)) as copy:
        live.backup(copy)
        copy.execute("UPDATE alembic_version SET version_num = '0001'")
        copy.commit()
    assert [] == surgery.bad(store=older)
    with closing(sqlite3.connect(older)) as copy:
        assert [("0001",)] == list(copy.execute("SELECT version_num FROM alembic_version"))


def test_a_file_that_is_no_store(surgery: Surgery, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    other.write_text("not a database at all, but long enough to be looked at as one" * 20)
    found = surgery.only(store=other)
    assert ("store", Severity.ERROR) == (found.check, found.severity)


def test_a_store_that_belongs_to_another_portal(surgery: Surgery) -> None:
    world = surgery.sandbox.hubspot_world
    world.portal_id = 999
    try:
        found = surgery.only()
    finally:
        world.portal_id = 424242
    assert ("store", "hubspot", Severity.ERROR) == (found.check, found.about, found.severity)
    assert "belongs to hubspot account 424242, not 999" in found.says


def test_a_daemon_on_the_store_is_named_to_whoever_would_start_a_second(surgery: Surgery) -> None:
    with Store.open(surgery.store) as store, store.lease("run", NoRival("")):
        (found,) = [each for each in surgery.look() if each.check == "daemon"]
    assert Severity.FINE is found.severity
    assert "crmbridge run on " in found.says
    assert "--standby" in found.remedy
    assert "daemon" not in {each.check for each in surgery.look()}


def test_a_daemon_that_died_is_told(surgery: Surgery) -> None:
    """As a `kill -9` leaves its lease behind."""
    here = Holder.here("run", "gone")
    assert here.mark is not None
    dead = replace(here, process=4_194_304, mark=here.mark)
    with Store.open(surgery.store) as store:
        with store.transaction() as tx:
            token = tx.claim_lease(tx.lease(WRITER), dead, 30.0, surgery.sandbox.clock.now())
        try:
            found = surgery.only()
        finally:
            with store.transaction() as tx:
                assert token is not None
                tx.release_lease(WRITER, token)
    assert ("daemon", Severity.WARNING) == (found.check, found.severity)
    assert "has died" in found.says
    assert "start it again" in found.remedy


def test_software_that_counts_as_a_person(surgery: Surgery) -> None:
    user = surgery.people.org.sim("users", {"Name": "Zapier Sync"})["id"]
    try:
        found = surgery.only()
    finally:
        surgery.sandbox.salesforce_world.store.remove("User", user)
    assert ("automation users", Severity.WARNING) == (found.check, found.severity)
    assert user in found.says
    assert "automation_users" in found.remedy


def test_an_owner_without_a_counterpart_is_told_to_judge(surgery: Surgery) -> None:
    body = {"email": "lonely@crmbridge.example", "firstName": "Lo", "lastName": "Nely"}
    owner = surgery.people.visitors.sim("owners", body)
    found = [each for each in surgery.look() if each.check == "owners"]
    surgery.people.visitors.sim(f"owners/{owner['id']}", method="DELETE")
    assert [Severity.UNSEEN] == [each.severity for each in found]
    assert owner["id"] in found[0].says
    assert "lonely" not in found[0].says
    assert "e-mail" in found[0].remedy


def test_an_escalation_contact_who_is_nobody(surgery: Surgery, rules: Path) -> None:
    edit(rules, "sla.yaml", "escalation: null", "escalation: nobody@crmbridge.example")
    found = surgery.only(rules=rules)
    assert ("managers", Severity.ERROR) == (found.check, found.severity)
    assert "sla.yaml" in found.says


def test_the_command_tells_by_sign_and_exit_code(
    surgery: Surgery, tmp_path: Path, rules: Path
) -> None:
    def run(*words: str, **sections: object) -> tuple[int, str]:
        config = write_config(tmp_path, surgery.sandbox, **sections)
        options = ["--config", str(config), "--store", str(surgery.store)]
        result = CliRunner().invoke(doctor, [*options, *words])
        return result.exit_code, result.output

    code, told = run()
    assert 0 == code, told
    assert "✓ hubspot: login: logged in: HubSpot portal 424242" in told
    assert "0 errors, 0 warnings" in told
    edit(rules, "scoring.yaml", "score: 60", "score: 61", sign=False)
    code, told = run("--quiet", "--rules", str(rules))
    assert WARNINGS == code
    assert told.startswith(f"! {rules}: rule book: it is in shadow")
    assert "\n    → `crmbridge rules sign" in told
    wrong = {**surgery.sandbox.sections()["hubspot"], "token": "pat-na1-wrong"}
    code, told = run("--json", hubspot=wrong)
    assert ERRORS == code
    bad = [json.loads(line) for line in told.splitlines()]
    assert {"check", "about", "severity", "says", "remedy"} == set(bad[0])
    assert ["login"] == [each["check"] for each in bad if each["severity"] == "error"]
    code, told = run("--json", intervall=60)
    assert ERRORS == code
    assert "did you mean 'interval'?" in told
