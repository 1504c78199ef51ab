"""``crmbridge sandbox``: both simulated CRMs, for any client in any language."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import ExitStack
from pathlib import Path

import click

from crmbridge.cli.options import native_sync_option


@click.command()
@click.option("--hubspot-port", type=click.IntRange(0, 65535), default=0, help="0: any free one.")
@click.option("--salesforce-port", type=click.IntRange(0, 65535), default=0, help="0: any free.")
@click.option(
    "--people",
    type=click.IntRange(0, 2_000_000),
    default=100,
    show_default=True,
    help="How many invented people to begin with; about 2,000 are made in a second.",
)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--tls", is_flag=True, help="Speak https with a certificate of a CA of its own.")
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep both CRMs in this folder and find them there again: for a million people, whom "
    "memory would not hold. People are made only in a new one.",
)
@native_sync_option
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object once both answer.")
def sandbox(
    hubspot_port: int,
    salesforce_port: int,
    people: int,
    seed: int,
    tls: bool,
    state: Path | None,
    native_sync: str | None,
    as_json: bool,
) -> None:
    """Serve a simulated HubSpot portal and Salesforce org until SIGTERM or Ctrl-C."""
    from crmbridge.clock import WorldClock
    from crmbridge.sandbox import Sandbox
    from crmbridge.sandbox.native_sync import MAPPINGS, NativeSync, Pacemaker
    from crmbridge.sandbox.population import people_in_blocks
    from crmbridge.sandbox.seeding import make_team, seed_people

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    built = Sandbox(
        WorldClock(),
        hubspot_port=hubspot_port,
        salesforce_port=salesforce_port,
        tls=tls,
        state=state,
        native_connector=native_sync is not None,
    )
    contacts, leads = built.size
    with built as running:
        if running.new:
            team = make_team(running)
            for block in people_in_blocks(people, seed):
                if stop.is_set():
                    break
                seed_people(running, block, team)
        elif not as_json:
            click.echo(f"{state} holds {contacts:,} contacts and {leads:,} leads.")
        with ExitStack() as stack:
            if native_sync is not None:
                native = NativeSync.connect(running, MAPPINGS[native_sync])
                stack.enter_context(Pacemaker(native, running.clock))
            connection = running.connection()
            if as_json:
                click.echo(json.dumps(connection))
            else:
                _describe(connection)
                _describe_sync(native_sync)
            # A wait with a limit lets the main thread see signals on every platform.
            while not stop.wait(1.0):
                pass


def _describe(connection: dict[str, dict[str, str]]) -> None:
    hubspot, salesforce = connection["hubspot"], connection["salesforce"]
    click.echo("Two simulated CRMs are up; stop them with Ctrl-C.")
    click.echo("To point crmbridge at them, put this into crmbridge.yaml:")
    click.echo("hubspot:")
    click.echo(f"  base_url: {hubspot['base_url']}")
    click.echo(f"  token: {hubspot['token']}")
    click.echo("salesforce:")
    click.echo(f"  base_url: {salesforce['base_url']}")
    click.echo(f"  client_id: {salesforce['client_id']}")
    click.echo(f"  client_secret: {salesforce['client_secret']}")
    if connection["ca_file"]:
        click.echo(f"Their certificates are signed by {connection['ca_file']}.")


def _describe_sync(native_sync: str | None) -> None:
    if native_sync is None:
        return
    from crmbridge.sandbox.native_sync import EVERY, INCLUSION_LIST

    minutes = int(EVERY.total_seconds() // 60)
    click.echo(
        f"A model of HubSpot's own Salesforce sync ({native_sync}) runs between them every "
        f"{minutes} minutes of their clock,"
    )
    click.echo(
        f'for the contacts on "{INCLUSION_LIST}". Have it create the leads: create_leads: false '
        "in the rule book's handoff.yaml."
    )
