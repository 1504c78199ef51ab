"""SOQL for the simulator: grammar, type checks against the schema, evaluation.

The subset is Salesforce contract §4; whatever lies outside it is refused with the platform's
own kind of error, never answered as if it had not been said.
"""

from __future__ import annotations

from crmbridge_salesforce.simulator.soql.binding import bind
from crmbridge_salesforce.simulator.soql.bound import BoundQuery
from crmbridge_salesforce.simulator.soql.evaluation import (
    count_rows,
    find_ids,
    find_rows,
    group_rows,
)
from crmbridge_salesforce.simulator.soql.parsing import parse

__all__ = ["BoundQuery", "bind", "count_rows", "find_ids", "find_rows", "group_rows", "parse"]
