"""What a cycle would do, before it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crmbridge.core.operations import Operation
from crmbridge.core.scope import Mode
from crmbridge.engine.cycle import Bridge
from crmbridge.engine.guarding import Guard, held
from crmbridge.engine.polling import Poller


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a cycle would send, which limits would hold it, and how many people would stand in which
    stage; ``scope`` says in words whom it would be about, empty where everybody."""

    operations: list[Operation]
    limits: tuple[str, ...]
    stages: Mapping[str, int]
    scope: str


def preview(bridge: Bridge, now: datetime, mode: Mode | None = None) -> Preview:
    """What a cycle at ``now`` would send in this ``mode`` (a canary's where the bridge is one, else
    live), if the rule book is in force, pending work included; no CRM is written to.

    Decisions land in the bridge's store, so hand in one that may be thrown away.
    """
    mode = mode or (Mode.CANARY if bridge.mode is Mode.CANARY else Mode.LIVE)
    Poller(bridge.store, bridge.connectors, bridge.slow_interval, bridge.pause).poll(now)
    bridge.decider(live=True, mode=mode).decide(now)
    Guard(bridge.store, bridge.rules.limits).pass_on(now)
    with bridge.store.read() as tx:
        return Preview(
            operations=[*tx.pending(now, None), *tx.held()],
            limits=held(tx).why,
            stages=tx.stage_counts(),
            scope=bridge.scope.sentence if bridge.scope and mode is Mode.CANARY else "",
        )
