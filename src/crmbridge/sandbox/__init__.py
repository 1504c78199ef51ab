"""Both simulated CRMs with plausible people in them, for evaluation, the demo and tests."""

from __future__ import annotations

from crmbridge.sandbox.servers import Sandbox

__all__ = ["Sandbox"]
