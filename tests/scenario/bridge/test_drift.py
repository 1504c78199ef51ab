"""What no poll showed is found by comparing both CRMs, and mended; what only seems so is not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from company import Company
from populations import (
    ADA,
    BO,
    as_rep,
    change_list,
    compare,
    contact,
    counts,
    late_commit,
    patch_contact,
    recycle,
    slow_index,
    told,
    two_mqls,
)

from crmbridge.core.fields import STAGE
from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.reconciling import Cause
from crmbridge.ports import Page


@pytest.fixture
def people(tmp_path: Path) -> Iterator[Company]:
    """Ada and Bo are MQLs in both CRMs."""
    with two_mqls(tmp_path) as people:
        yield people


def lost_write(people: Company) -> None:
    """The store believes in a write that HubSpot did not keep: its record is as it was."""
    ref = Ref(system="hubspot", object_type=ObjectType.CONTACT, id=contact(people, ADA))
    patch_contact(people, ADA, crmbridge_stage="LEAD")
    (read,) = people.bridge.connectors[Side.MARKETING].fetch([ref]).records
    with people.bridge.store.transaction() as tx:
        tx.put_record(replace(read, fields={**read.fields, STAGE: "MQL"}))


@pytest.mark.parametrize(
    ("plant", "system"),
    [(late_commit, "salesforce"), (slow_index, "hubspot"), (lost_write, "hubspot")],
)
def test_drift_is_found_and_mended(
    people: Company, plant: Callable[[Company], None], system: str
) -> None:
    plant(people)
    people.cycle(20)
    people.cycle()
    found = compare(people)
    assert [("MQL", system, Cause.DRIFT)] == told(found)
    assert found.needs_somebody
    people.cycle()
    people.cycle()
    assert [] == told(compare(people))
    with people.bridge.store.read() as tx:
        assert [] == tx.doubted()


def test_drift_of_a_list_is_found_and_mended(people: Company) -> None:
    recycle(people, BO)
    change_list(people, "NL-BUDGET", "remove", BO)
    ref = Ref(system="hubspot", object_type=ObjectType.CONTACT, id=contact(people, BO))
    with people.bridge.store.transaction() as tx:
        tx.agree_list(ref, "NL-BUDGET", member=False)
    found = compare(people)
    assert [("NL-BUDGET", "hubspot", Cause.DRIFT)] == told(found)
    people.cycle()
    assert [] == told(compare(people))


def test_a_lagging_index_makes_no_difference(people: Company) -> None:
    people.contact("cy@fabrikam.example")
    people.cycle()
    people.form("cy@fabrikam.example", "Request a demo")
    people.cycle()
    people.visitors.sim("config", {"index_lag_seconds": 60})
    index = people.bridge.connectors[Side.MARKETING].population({"MQL"}).shown
    assert 2 == len(index)
    found = compare(people)
    assert [] == told(found)
    assert (3, {"hubspot": 3, "salesforce": 3}, 3) == counts(found, "MQL")
    people.visitors.sim("config", {"index_lag_seconds": 0})
    as_rep(people, ADA, Status="Working - Contacted")
    people.visitors.sim("config", {"index_lag_seconds": 120})
    as_rep(people, BO, Status="Working - Contacted")
    assert 2 == len(people.bridge.connectors[Side.MARKETING].population({"MQL"}).shown)
    found = compare(people)
    assert [] == told(found)
    assert (1, {"hubspot": 1, "salesforce": 1}, 1) == counts(found, "MQL")


@pytest.mark.parametrize("first", [True, False])
def test_a_daemon_at_work_meanwhile_makes_no_drift(people: Company, *, first: bool) -> None:
    slow_index(people)
    compare(people)
    connector: Any = people.bridge.connectors[Side.MARKETING]
    real = connector.fetch

    def fetch(refs: Sequence[Ref]) -> Page:
        connector.fetch = real
        if first:
            people.cycle()
        page: Page = real(refs)
        if not first:
            people.cycle()
        return page

    connector.fetch = fetch
    found = compare(people)
    assert connector.fetch == real
    assert ([] if first else [("MQL", "hubspot", Cause.EDITED_BY_HAND)]) == told(found)
