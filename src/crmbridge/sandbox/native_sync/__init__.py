"""A model of HubSpot's own Salesforce sync, between the two simulated CRMs.

It is a model: made from what HubSpot's knowledge base says of its connector (HubSpot contract §7),
never compared with the connector itself. Companies, campaigns, activities and consent are left
out. It acts through the simulators' doors as users of its own, and knows nothing of crmbridge,
nor does the daemon know of it.
"""

from __future__ import annotations

from crmbridge.sandbox.native_sync.field_rules import FieldMapping, SyncRule
from crmbridge.sandbox.native_sync.field_table import AS_INSTALLED, BESIDE, MAPPINGS, NOT_SYNCED
from crmbridge.sandbox.native_sync.pacemaker import Pacemaker
from crmbridge.sandbox.native_sync.passed import Passed
from crmbridge.sandbox.native_sync.syncing import EVERY, INCLUSION_LIST, NativeSync

__all__ = [
    "AS_INSTALLED",
    "BESIDE",
    "EVERY",
    "INCLUSION_LIST",
    "MAPPINGS",
    "NOT_SYNCED",
    "FieldMapping",
    "NativeSync",
    "Pacemaker",
    "Passed",
    "SyncRule",
]
