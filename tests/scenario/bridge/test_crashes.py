"""A process that ends between two steps forgets nothing."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import portal_switches as portal
import pytest
from company import company
from drill import ADA, Drill

from crmbridge.core.model import Side

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
