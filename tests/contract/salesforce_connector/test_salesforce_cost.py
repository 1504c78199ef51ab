"""What reading and writing cost in API requests: as much as changed, and no more. Contract §7."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from tests.contract.salesforce_connector.conftest import Reader, update

from crmbridge.core import fields as f
from crmbridge.core.operations import Outcome
from crmbridge.ports import FieldNames
from crmbridge_salesforce.adapter import SalesforceConnector
from crmbridge_salesforce.simulator.table import Row

if TYPE_CHECKING:
    from tests.contract.salesforce_connector.conftest import Org

MANY = 10_000


def fill(org: Org, count: int, **fields: str) -> list[str]:
    """So many leads at once, as a data load makes them."""
    rows: list[Row] = [
        org.world.insert(
            "Lead",
            org.us.id,
            {
                "LastName": f"Doe {number}",
                "Company": "Acme",
                "Status": "Open - Not Contacted",
                **fields,
            },
        )
        for number in range(count)
    ]
    return [str(row["Id"]) for row in rows]


@pytest.mark.campaign
def test_a_day_without_news_costs_hardly_more_than_its_cycles(
    connector: SalesforceConnector, org: Org
) -> None:
    cold = [Reader(connector, name) for name in ("owners", "relations", "sweep")]
    hot = Reader(connector)
    for reader in (*cold, hot):
        reader.poll()
    used, minutes = connector.calls, 24 * 60
    for minute in range(1, minutes + 1):
        org.world.clock.advance(60)
        hot.poll()
        if minute % 60 == 0:
            for reader in cold:
                reader.poll()
    spent = connector.calls - used
    # 3 an hour for owners, schema and relations, and one sweep: what the org says, and the rows.
    assert minutes + 24 * 3 + 2 == spent
    assert spent / minutes <= 1.1


def test_many_changed_leads_cost_a_request_per_page(
    connector: SalesforceConnector, org: Org
) -> None:
    reader = Reader(connector)
    reader.poll()
    org.advance(3600)
    fill(org, MANY)
    before = connector.calls
    reader.poll()
    assert connector.calls - before <= math.ceil(MANY / 2000) + 1
    assert len(reader.records) == MANY


@pytest.mark.parametrize(("bulk_from", "calls"), [(None, MANY / 1_000), (MANY, 7)])
def test_many_written_rows_cost_a_request_per_thousand_or_one_job(
    connector: SalesforceConnector, org: Org, bulk_from: int | None, calls: int
) -> None:
    ids = fill(org, MANY)
    operations = [update(each, {f.SCORE: 42}) for each in ids]
    org.sim("bulk", seconds=0)
    writer = SalesforceConnector(org.settings(bulk_from=bulk_from), FieldNames())
    writer.ping()
    receipts = writer.apply(operations)
    assert calls == writer.calls - 1
    writer.close()
    assert {Outcome.DONE} == {each.outcome for each in receipts}
    assert org.us.row("Lead", ids[-1])["CRMBridge_Score__c"] == 42


@pytest.mark.parametrize(("others", "mqls", "calls"), [(0, 0, 2), (0, 2_000, 2), (3_000, 4_001, 4)])
def test_a_population_costs_a_call_per_two_thousand_whatever_else_is_there(
    connector: SalesforceConnector, org: Org, others: int, mqls: int, calls: int
) -> None:
    fill(org, others)
    ids = fill(org, mqls, CRMBridge_Stage__c="MQL")
    before = connector.calls
    found = connector.population({"MQL", "RECYCLED"})
    # One of them for the schema, because rights may have been taken.
    assert (set(ids), calls) == ({ref.id for ref in found.shown}, connector.calls - before)
