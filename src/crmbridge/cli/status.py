"""``crmbridge status``: one screen about the bridge."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.alerts import plain as plain_alert
from crmbridge.cli.options import read_settings, settings_options

if TYPE_CHECKING:
    from crmbridge.operation.standing import Severity, Standing

LOOK, BROKEN = 2, 3
"""Exit codes where somebody should look, and where it does not work."""
_MARKS = "✓!✗"


@click.command()
@settings_options
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status(config: Path | None, store: str | None, rules: Path | None, as_json: bool) -> None:
    """Tell who runs cycles and how the bridge stands: both CRMs, budgets, writes, people, alerts.
    Asks no CRM. Exit code 0 where all is well, 2 where somebody should look, 3 where it does not
    work."""
    from crmbridge.app import make_clock
    from crmbridge.operation.standing import look
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened:
        found = look(opened, make_clock(settings).now())
    if as_json:
        click.echo(json.dumps(_plain(found)))
    else:
        width = max(len(each.topic) for each in found.findings)
        for each in found.findings:
            click.echo(f"{_MARKS[each.severity]} {each.topic:<{width}}  {each.text}")
    sys.exit(_code(found.severity))


def _code(severity: Severity) -> int:
    return (0, LOOK, BROKEN)[severity]


def _plain(found: Standing) -> dict[str, object]:
    survey, pulse, leader = found.survey, found.pulse, found.leader
    return {
        "at": found.at.isoformat(),
        "severity": found.severity.name.lower(),
        "leader": (
            {"purpose": leader.purpose, "host": leader.host, "process": leader.process}
            if leader is not None
            else None
        ),
        "standby": found.standby.name if found.standby is not None else None,
        "last_cycle": (
            {
                "number": pulse.number,
                "finished_at": pulse.finished_at.isoformat() if pulse.finished_at else None,
                "seconds": round(pulse.seconds, 3),
                "steps": {name: round(each, 3) for name, each in pulse.steps.items()},
                "failures": pulse.failures,
                "reason": pulse.reason,
                "shadow": pulse.shadow,
                "scope": pulse.scope,
            }
            if pulse is not None
            else None
        ),
        "crms": {
            system: {
                "account": account,
                "answers": system not in {each.system for each in survey.outages},
            }
            for system, account in found.systems.items()
        },
        "budgets": {
            each.system: {
                "used": each.allowance.used,
                "limit": each.allowance.limit,
                "usable": each.allowance.usable,
                "per_hour": round(each.per_hour, 1) if each.per_hour is not None else None,
                "runs_out_at": each.runs_out_at.isoformat() if each.runs_out_at else None,
            }
            for each in survey.forecasts
        },
        "paused": list(survey.pauses),
        "outbox": {
            state: {
                lane.value: count for (each, lane), count in survey.outbox.items() if each == state
            }
            for state in ("waiting", "held", "parked")
        },
        "reviews": survey.reviews,
        "people": dict(survey.counts.people),
        "sla_waiting": dict(survey.sla_waiting),
        "store_bytes": survey.size.size,
        "alerts": [plain_alert(each) for each in found.alerts],
        "findings": [
            {"topic": each.topic, "text": each.text, "severity": each.severity.name.lower()}
            for each in found.findings
        ],
    }
