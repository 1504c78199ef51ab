"""A Salesforce org in memory that speaks the REST wire contract over real HTTP.

``SalesforceWorld`` holds one org's records, users and schema; ``create_app`` serves it. The
docstrings cite "Salesforce contract §n": that contract is this project's own summary of the
vendor's public documentation and of recorded answers. The simulator is built from it alone
and shares no code with the connector's client or mapping, or both would share one misreading.
"""

from __future__ import annotations

from crmbridge_salesforce.simulator.app import create_app
from crmbridge_salesforce.simulator.world import SalesforceWorld

__all__ = ["SalesforceWorld", "create_app"]
