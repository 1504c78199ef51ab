"""The day's requests, and the share of them that is left to others. Contract §10."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contract.salesforce_connector.conftest import outcomes, update

from crmbridge.core import fields as f
from crmbridge.core.operations import Outcome
from crmbridge.errors import BudgetExhausted
from crmbridge.ports import FieldNames
from crmbridge_salesforce.adapter import SalesforceConnector

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.salesforce_connector.conftest import Org

DAY = 24 * 3600


@pytest.fixture
def thrifty(connector: SalesforceConnector, org: Org) -> Iterator[SalesforceConnector]:
    """A connector that leaves a quarter of the day's requests to others."""
    made = SalesforceConnector(org.settings(daily_reserve=0.25), FieldNames())
    made.ping()
    yield made
    made.close()


def spend(connector: SalesforceConnector) -> BudgetExhausted:
    for _ in range(200):
        try:
            connector.ping()
        except BudgetExhausted as error:
            return error
    raise AssertionError("the reserve was spent")


def test_the_reserve_is_left_to_others(thrifty: SalesforceConnector, org: Org) -> None:
    org.world.usage.maximum = 100
    error = spend(thrifty)
    used = org.world.usage.used(org.world.now())
    # The last one asked how much is left.
    assert 75 + 1 == used
    assert "of the day's 100 API calls are used, and 25% stay" in error.message
    assert error.retry_after
    assert "salesforce.daily_reserve" in error.message


def test_while_it_lasts_asking_costs_one_request(thrifty: SalesforceConnector, org: Org) -> None:
    org.world.usage.maximum = 100
    spend(thrifty)
    before = thrifty.calls
    with pytest.raises(BudgetExhausted):
        thrifty.ping()
    assert before + 1 == thrifty.calls


def test_writes_wait_in_the_outbox_and_the_position_stays(
    thrifty: SalesforceConnector, org: Org
) -> None:
    lead = org.us.lead()
    thrifty.choices()
    org.world.usage.maximum = 100
    spend(thrifty)
    receipts = thrifty.apply([update(lead, {f.SCORE: 10})])
    assert [Outcome.RETRY] == outcomes(receipts)
    assert receipts[0].retry_after


def test_it_goes_on_as_requests_come_back(thrifty: SalesforceConnector, org: Org) -> None:
    org.world.usage.maximum = 100
    spend(thrifty)
    org.advance(DAY + 60)
    assert org.world.org_id == thrifty.ping().account_id


def test_without_a_reserve_the_org_itself_says_when_it_is_over(
    connector: SalesforceConnector, org: Org
) -> None:
    greedy = SalesforceConnector(org.settings(daily_reserve=0), FieldNames())
    greedy.ping()
    org.world.usage.maximum = 100
    spend(greedy)
    greedy.close()
    assert org.world.usage.used(org.world.now()) >= 100
