"""Worked stories: what happens to one person, and what the rule book must make of it.

Operators read and write them as YAML beside their rules; ``run`` plays each through the same
decision that the daemon takes, over a simulated pair of CRMs without a network.
"""

from __future__ import annotations

from crmbridge.rulebook.cases.running import CaseResult, run

__all__ = ["CaseResult", "run"]
