"""Looks at everything a bridge stands on and changes nothing: one module per concern, each a
function that yields findings."""

from __future__ import annotations

from crmbridge.doctor.rounds import examine_bridge

__all__ = ["examine_bridge"]
