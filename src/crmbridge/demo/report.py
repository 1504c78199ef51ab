"""What six weeks came to: numbers for machines, a table for a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from rich.console import Group
from rich.table import Table

from crmbridge.core.model import Stage
from crmbridge.engine.cycle import CycleReport
from crmbridge.sandbox.native_sync import Passed
from crmbridge.store import Store


@dataclass(slots=True, kw_only=True)
class Tally:
    """Sums over cycles; the quiet ones at the end are counted apart."""

    cycles: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    writes: dict[str, int] = field(default_factory=dict)
    idle_cycles: int = 0
    idle_writes: int = 0
    idle_calls: list[int] = field(default_factory=list)

    def add(self, report: CycleReport, *, idle: bool = False) -> None:
        """Count one cycle."""
        self.cycles += 1
        for total, part in ((self.calls, report.calls), (self.writes, report.writes)):
            for system, count in part.items():
                total[system] = total.get(system, 0) + count
        if idle:
            self.idle_cycles += 1
            self.idle_writes += sum(report.writes.values())
            self.idle_calls.append(sum(report.calls.values()))


def make_report(store: Store, tally: Tally, wall_seconds: float) -> dict[str, object]:
    """The demo's numbers, all from the bridge's own store and cycle reports."""
    with store.read() as tx:
        stages = tx.stage_counts()
        promises = tx.sla_counts()
        return {
            "persons": sum(stages.values()),
            "stages": stages,
            "mql_total": tx.entries_into(Stage.MQL),
            "recycled_total": tx.entries_into(Stage.RECYCLED),
            "re_mql_total": tx.entries_into(Stage.MQL, least_cycle=2),
            "customers": stages[Stage.CUSTOMER.value],
            "nurture_lists": dict(sorted(tx.list_counts().items())),
            "sla": {
                "met": promises.get("MET", 0),
                "breached": promises.get("BREACHED", 0),
                "open": promises.get("OPEN", 0),
                "cancelled": promises.get("CANCELLED", 0),
            },
            "cycles": tally.cycles,
            "api_calls": dict(sorted(tally.calls.items())),
            "writes": dict(sorted(tally.writes.items())),
            "idle_cycles": tally.idle_cycles,
            "idle_writes": tally.idle_writes,
            "idle_calls_per_cycle": max(tally.idle_calls, default=0),
            "parked": len(tx.parked()),
            "reviews": len(tx.open_reviews()),
            "wall_seconds": round(wall_seconds, 1),
        }


def as_counts(passed: Passed) -> dict[str, object]:
    """What the model of the native sync did in all."""
    return {**asdict(passed), "errors": dict(passed.errors)}


def as_tables(report: dict[str, object]) -> Group:
    """The numbers as three small tables."""
    stages, sla, lists = report["stages"], report["sla"], report["nurture_lists"]
    funnel = Table(title="Where everyone stands", show_header=False)
    funnel.add_column()
    funnel.add_column(justify="right")
    for name, count in _items(stages):
        funnel.add_row(name if name == Stage.MQL else name.capitalize(), str(count))
    loop = Table(title="The loop", show_header=False)
    loop.add_column()
    loop.add_column(justify="right")
    for label, key in (
        ("People", "persons"),
        ("Became MQL", "mql_total"),
        ("Given back to marketing", "recycled_total"),
        ("Came back as MQL", "re_mql_total"),
        ("Customers", "customers"),
        ("For a person to look at", "reviews"),
        ("Refused writes", "parked"),
    ):
        loop.add_row(label, str(report[key]))
    for name, count in _items(sla):
        loop.add_row(f"First touch promise {name}", str(count))
    nurture = Table(title="Nurture lists in HubSpot", show_header=False)
    nurture.add_column()
    nurture.add_column(justify="right")
    for name, count in _items(lists):
        nurture.add_row(name, str(count))
    shown = [funnel, loop, nurture]
    if "native_sync" in report:
        shown.append(_native(report["native_sync"]))
    return Group(*shown, _cost(report))


def _native(counts: object) -> Table:
    table = Table(title="HubSpot's own sync (a model)", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    told = dict(_items(counts))
    for label, key in (
        ("Leads created in Salesforce", "leads"),
        ("Contacts created in HubSpot", "contacts"),
        ("Pairs linked by address", "linked"),
        ("Changes passed to HubSpot", "to_hubspot"),
        ("Changes passed to Salesforce", "to_salesforce"),
        ("Deals copied", "deals"),
    ):
        table.add_row(label, str(told[key]))
    for error, count in _items(told["errors"]):
        table.add_row(f"Sync errors: {error}", str(count))
    return table


def _cost(report: dict[str, object]) -> str:
    calls = ", ".join(f"{count:,} {name}" for name, count in _items(report["api_calls"]))
    writes = ", ".join(f"{count:,} {name}" for name, count in _items(report["writes"]))
    return (
        f"{report['cycles']:,} cycles, API calls: {calls}; records written: {writes}. "
        f"{report['idle_cycles']} quiet cycles at the end wrote {report['idle_writes']} records "
        f"and cost at most {report['idle_calls_per_cycle']} calls each."
    )


def _items(table: object) -> Sequence[tuple[str, int]]:
    return list(table.items()) if isinstance(table, dict) else []
