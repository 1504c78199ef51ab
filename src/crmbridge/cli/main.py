"""The ``crmbridge`` command: a group whose commands are imported when they are called."""

from __future__ import annotations

import importlib
import sys

import click

from crmbridge.errors import CrmBridgeError, LeaseLost

RELIEVED = 5
"""Exit code of a process from which another one has taken over."""

_COMMANDS = {
    "run": ("crmbridge.cli.run", "run"),
    "once": ("crmbridge.cli.run", "once"),
    "plan": ("crmbridge.cli.plan", "plan"),
    "explain": ("crmbridge.cli.explain", "explain"),
    "journal": ("crmbridge.cli.journal", "journal"),
    "person": ("crmbridge.cli.person", "person"),
    "parked": ("crmbridge.cli.parked", "parked"),
    "fields": ("crmbridge.cli.fields", "fields"),
    "review": ("crmbridge.cli.review", "review"),
    "approve": ("crmbridge.cli.approve", "approve"),
    "reconcile": ("crmbridge.cli.reconcile", "reconcile"),
    "undo": ("crmbridge.cli.undo", "undo"),
    "budget": ("crmbridge.cli.budget", "budget"),
    "pause": ("crmbridge.cli.pause", "pause"),
    "resume": ("crmbridge.cli.pause", "resume"),
    "init": ("crmbridge.cli.init", "init"),
    "setup": ("crmbridge.cli.setup", "setup"),
    "doctor": ("crmbridge.cli.doctor", "doctor"),
    "rules": ("crmbridge.cli.rules", "rules"),
    "demo": ("crmbridge.cli.demo", "demo"),
    "sandbox": ("crmbridge.cli.sandbox", "sandbox"),
    "simulate": ("crmbridge.cli.simulate", "simulate"),
    "chaos": ("crmbridge.cli.chaos", "chaos"),
}
_HELP = {
    "run": "Keep both CRMs in step until told to stop.",
    "once": "Run one cycle and say what it did.",
    "plan": "Show what one cycle would write, field by field, and write nothing.",
    "explain": "Tell one person's story: stage, score, due date, lists, and why.",
    "journal": "Print what crmbridge decided and wrote.",
    "fields": "Show whose every field is; make mapped fields equal that differed before.",
    "review": "List questions that only people can answer, look at one, or answer it.",
    "person": "Show everything that is held about somebody, or erase it.",
    "approve": "Say yes to what broke a limit of the rule book.",
    "reconcile": "Compare both CRMs person by person and explain every difference.",
    "parked": "List writes that a CRM refused, look at one, try again, or let rest.",
    "undo": "Take back what a cycle wrote, where nobody has edited it since.",
    "budget": "Tell how many of the day's calls are used, and when they run out.",
    "pause": "Write nothing into the CRMs, or one field no more, until told to go on.",
    "resume": "Write again, after deciding anew about whoever waited.",
    "init": "Set up a bridge in shadow: credentials, settings, a rule book to start from.",
    "setup": "Plan, make and remove the fields and lists crmbridge needs in both CRMs.",
    "doctor": "Look at everything the bridge stands on, and say what to do about it.",
    "rules": "Check the rule book and run its cases.",
    "demo": "Run six weeks of two simulated CRMs in a minute or two.",
    "sandbox": "Serve both simulated CRMs for any client to try.",
    "simulate": "Put the bridge under fire between two simulated CRMs, from one seed.",
    "chaos": "Kill a bridge between two simulated CRMs for some minutes, and see if it matters.",
}


class _LazyGroup(click.Group):
    """Lists every command without importing any, so that ``--help`` stays quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name]
        command = getattr(importlib.import_module(module), name)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _HELP[name]) for name in _COMMANDS])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="crmbridge")
def cli() -> None:
    """One shared lead standard, kept in HubSpot and Salesforce alike."""


def main() -> None:
    """Run the command line; an error of ours is one line on stderr and exit code 1, or ``RELIEVED``
    where another process has taken over from this one."""
    try:
        # Without click's own handling, an exit a command asked for comes back as a number.
        sys.exit(cli(standalone_mode=False) or 0)
    except CrmBridgeError as error:
        click.echo(f"crmbridge: {error}", err=True)
        sys.exit(RELIEVED if isinstance(error, LeaseLost) else 1)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("crmbridge: stopped", err=True)
        sys.exit(130)
