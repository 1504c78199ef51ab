"""What every CRM simulator shares: a real HTTP server, the world's clock, faults, call counts.

A simulator is an ASGI app that speaks one vendor's wire contract. ``wrap`` puts it behind
the vendor-neutral ``/__sim__/`` admin API and ``SimulatorServer`` serves it on a loopback
port. Nothing here knows a vendor.
"""

from __future__ import annotations

from crmbridge.simulation.admin import (
    AdminRefusal,
    admin_body,
    admin_endpoint,
    admin_error,
    admin_routes,
    parse_instant,
)
from crmbridge.simulation.calls import CallCounter, collapse_ids
from crmbridge.simulation.client import SimulatorClient
from crmbridge.simulation.faults import FaultAction, FaultInjector, FaultRule
from crmbridge.simulation.server import SimulatorServer
from crmbridge.simulation.state_file import Note, StateFile
from crmbridge.simulation.stored_mapping import StoredMapping
from crmbridge.simulation.wrapping import wrap

__all__ = [
    "AdminRefusal",
    "CallCounter",
    "FaultAction",
    "FaultInjector",
    "FaultRule",
    "Note",
    "SimulatorClient",
    "SimulatorServer",
    "StateFile",
    "StoredMapping",
    "admin_body",
    "admin_endpoint",
    "admin_error",
    "admin_routes",
    "collapse_ids",
    "parse_instant",
    "wrap",
]
