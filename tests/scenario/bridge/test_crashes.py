"""A process that ends between two steps forgets nothing."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from pathlib import Path
from typing import NoReturn

import portal_switches as portal
import pytest
from company import company
from drill import ADA, BO, Drill

from crmbridge.core.model import Side
from crmbridge.engine.daemon import Daemon
from crmbridge.sandbox.seeding import API

pytestmark = pytest.mark.campaign


class Killed(BaseException):
    """The process is gone."""


def test_a_write_that_met_another_state_is_decided_anew_by_the_next_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """HubSpot leaves the contact out where its state is read before the write, and the process
    ends before it has read the contact again."""
    with company(tmp_path) as people:
        drill = Drill(people, Side.MARKETING)
        portal.rep_at_work(drill)
        drill.change(
            "Lead", drill.lead, Status="Closed - Not Converted", CRMBridge_Reason__c="BUDGET"
        )
        drill.before_next_write(lambda: people.visitors.sim("omissions", {"rows": 1}))

        def die(refs: object) -> NoReturn:
            raise Killed

        with monkeypatch.context() as patched:
            patched.setattr(drill.connector, "fetch", die)
            with pytest.raises(Killed):
                people.cycle()
        # The next process: only the store knows what the last one did.
        drill.settle()
        path = f"{portal.CONTACTS}/{portal.contact(drill, ADA)}"
        shown = people.portal.get(path, properties="crmbridge_stage").json()["properties"]
    assert "RECYCLED" == shown["crmbridge_stage"]


@pytest.mark.parametrize("who", [ADA, BO])
def test_a_write_on_its_way_for_somebody_who_is_another_by_now_is_the_others(
    tmp_path: Path, who: str
) -> None:
    """It waits for Salesforce when it turns out that the two are one, whichever of them remains:
    so nothing that is decided about that one meanwhile is overwritten by it later."""
    with company(tmp_path) as people:
        drill = Drill(people, Side.SALES)
        ids = {email: people.contact(email) for email in (ADA, BO)}
        for email in ids:
            body = {"LastName": "Abbott", "Company": "Acme", "Email": email}
            assert people.org.post(f"{API}/sobjects/Lead", body).status_code == 201
        drill.settle()
        people.form(who, "Newsletter")
        drill.fault(path="composite/sobjects", method="PATCH", status=503, body="<html>", times=1)
        people.cycle()
        assert drill.evidence()
        merged = {"primaryObjectId": ids[BO], "objectIdToMerge": ids[ADA]}
        assert people.portal.post(f"{portal.CONTACTS}/merge", merged).ok
        people.cycle(0.2)
        drill.settle()
        with people.bridge.store.read() as tx:
            (uid,) = tx.linked_uids()
            written = [
                (entry.uid == uid, entry.payload["changes"])
                for entry in tx.journal()
                if (entry.payload.get("system"), entry.payload.get("operation"))
                == ("salesforce", "update")
            ]
    assert [True] == [own for own, _ in written[-1:]]


@pytest.mark.parametrize("side", list(Side))
def test_a_daemon_that_begins_while_a_crm_is_unwell_waits_for_it(
    tmp_path: Path, side: Side
) -> None:
    with company(tmp_path) as people:
        drill = Drill(people, side)
        people.bridge.identities = {}

        class Waiting:
            """Time passes when the daemon waits for it."""

            def now(self) -> datetime:
                return people.clock.now()

            def wait_until(self, instant: datetime, stop: threading.Event) -> None:
                people.clock.set(max(instant, people.clock.now()))

        drill.fault(status=503, body="<html>", times=2)
        began = people.clock.now()
        daemon = Daemon(people.bridge, Waiting(), timedelta(minutes=1))
        daemon.run(on_cycle=lambda report: daemon.stop())
        assert drill.evidence()
        assert {"hubspot", "salesforce"} == set(people.bridge.identities)
        assert people.clock.now() - began >= timedelta(minutes=1)
