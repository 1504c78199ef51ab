"""A HubSpot portal in memory that speaks HubSpot's wire contract over real HTTP.

"HubSpot contract §n" in these files refers to the project's own summary of HubSpot's public
documentation and of recorded traffic; a "(?)" choice of that summary is a switch of
``Configuration`` or is named where it is made. The simulator shares no code with the
connector it tests, or both would share one misreading.
"""

from __future__ import annotations

from crmbridge_hubspot.simulator.app import create_app
from crmbridge_hubspot.simulator.world import HubSpotWorld

__all__ = ["HubSpotWorld", "create_app"]
