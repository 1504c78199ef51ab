"""Writes the pages of docs/reference/ from the code: commands, settings, fields, metrics.

    python docs/reference.py          # write them
    python docs/reference.py --check  # exit code 1 where one is not as the code is

They are kept in the repository, so that they can be read there; a test holds them to the code.
"""

from __future__ import annotations

import inspect
import re
import sys
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import time, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin
from zoneinfo import ZoneInfo

import click
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

FOLDER = Path(__file__).parent / "reference"
_ABOUT_COMMANDS = """\
`crmbridge COMMAND --help` says the same. An error is one line on stderr. Exit codes: 0 done, 1 an
error, 2 there is something to look at (or a wrong option), 5 another process took over, 130
interrupted.
"""
_ABOUT_SETTINGS = """\
In `crmbridge.yaml`, as an environment variable, or as a file in the secrets directory that is named
like the variable without its prefix, in small letters (`hubspot__token`). The environment wins over
such files, these over the YAML. A secret belongs into one of the first two. An unknown name is an
error.
"""
_MADE = "<!-- Made by docs/reference.py from the code. Do not edit. -->\n"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(_cell, line))} |" for line in lines) + "\n"


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def _prose(doc: str | None) -> str:
    """A docstring as Markdown, each paragraph on lines of its own."""
    return inspect.cleandoc(doc or "").replace("``", "`").replace("\b", "")


# --- commands


def commands() -> str:
    """Every command with its arguments and options, in the order of ``--help``."""
    from crmbridge.cli.main import cli

    parts = [
        _MADE,
        "# Commands\n",
        _ABOUT_COMMANDS,
    ]
    parts += _of_group("crmbridge", cli)
    return "\n".join(parts)


def _of_group(path: str, group: click.Group) -> Iterator[str]:
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield from _of_command(f"{path} {name}", command)


def _of_command(path: str, command: click.Command) -> Iterator[str]:
    level = "##" if path.count(" ") == 1 else "###"
    yield f"{level} {path}\n"
    yield f"{_paragraphs(command.help)}\n"
    if isinstance(command, click.Group):
        yield from _of_group(path, command)
        return
    context = click.Context(command, info_name=path)
    yield f"```text\n{' '.join([path, *command.collect_usage_pieces(context)])}\n```\n"
    rows = [row for each in command.params if (row := _option(each, context)) is not None]
    if rows:
        yield table(("option", "what it does"), rows)


def _paragraphs(text: str | None) -> str:
    return "\n\n".join(
        re.sub(r"\s+", " ", part) for part in inspect.cleandoc(text or "").split("\n\n")
    )


def _option(each: click.Parameter, context: click.Context) -> tuple[str, str] | None:
    if not isinstance(each, click.Option) or each.hidden:
        return None
    record = each.get_help_record(context)
    if record is None:
        return None
    return f"`{record[0]}`", record[1]


# --- settings


def settings() -> str:
    """Every setting with its variable, kind and default, section by section."""
    from crmbridge.plugins import discover
    from crmbridge.settings import PREFIX, Settings

    parts = [
        _MADE,
        "# Settings\n",
        _ABOUT_SETTINGS,
    ]
    sections: list[tuple[str, type[BaseModel]]] = [("", Settings)]
    sections += [(name, plugin.settings) for name, plugin in sorted(discover().items())]
    while sections:
        place, model = sections.pop(0)
        rows = []
        for name, info in model.model_fields.items():
            full = f"{place}.{name}" if place else name
            inner = _inner(info.annotation)
            if inner is not None:
                sections.append((full + ("" if inner[1] else ".NAME"), inner[0]))
                continue
            variable = PREFIX + full.upper().replace(".", "__")
            rows.append(
                (f"`{full}`", f"`{variable}`", _kind(info), _default(info), info.description or "")
            )
        parts.append(f"## {place or 'At the top'}\n")
        parts.append(_prose(model.__doc__) + "\n")
        if rows:
            parts.append(table(("setting", "variable", "kind", "default", ""), rows))
    return "\n".join(parts)


def _inner(kind: Any) -> tuple[type[BaseModel], bool] | None:
    """The section behind a field, and whether there is one of it, not one for each name."""
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        return kind, True
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return next((found for each in arguments if (found := _inner(each))), None)
    if origin in (dict, Mapping) and arguments and (found := _inner(arguments[1])):
        return found[0], False
    return None


_NAMES = {
    bool: "true or false",
    int: "whole number",
    float: "number",
    str: "text",
    Path: "path",
    SecretStr: "secret",
    time: "time of day",
    timedelta: "days, or never",
    ZoneInfo: "time zone",
}
"""Everything else is written as text."""


def _kind(info: FieldInfo) -> str:
    bounds = {
        type(each).__name__.lower(): next(iter(vars(each).values()), None)
        if hasattr(each, "__dict__")
        else getattr(each, type(each).__name__.lower(), None)
        for each in info.metadata
    }
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    limits = [f"{words[name]} {value:,.10g}" for name, value in bounds.items() if name in words]
    return ", ".join([_type(info.annotation), *limits])


def _type(kind: Any) -> str:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in arguments)
    if origin in (Union, types.UnionType):
        return " or ".join(_type(each) for each in arguments if each is not type(None))
    if origin in (list, tuple, set, frozenset):
        return f"list of {_type(arguments[0])}"
    if origin is not None and hasattr(kind, "__metadata__"):
        return _type(arguments[0])
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return " or ".join(f"`{each.value}`" for each in kind)
    return _NAMES.get(kind, "text")


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "*needed*"
    value = info.get_default(call_default_factory=True)
    if isinstance(value, timedelta):
        return f"`{value.days} days`"
    if isinstance(value, frozenset | set):
        value = sorted(str(each) for each in value)
    if isinstance(value, list | tuple):
        return ", ".join(f"`{each}`" for each in value)
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        value = str(value).lower()
    return "" if value is None else f"`{value}`"


# --- fields


def fields() -> str:
    """What stands in both CRMs: crmbridge's own fields, and whose every field is."""
    from crmbridge import rulebook
    from crmbridge.core.ownership import ownership
    from crmbridge.rulebook.locating import packaged
    from crmbridge_hubspot import mapping
    from crmbridge_salesforce.owned import OWNED as IN_SALESFORCE
    from crmbridge_salesforce.owned import OwnedField

    def salesforce(each: OwnedField) -> tuple[str, ...]:
        marks = ["unique"] * each.unique + ["history"] * each.tracked
        return (
            f"`{each.name}`",
            each.label,
            ", ".join(each.objects),
            ", ".join([each.kind.value, *marks]),
            "sales" if each.by_reps else "crmbridge",
            each.help,
        )

    owners = ownership(rulebook.load(packaged()))
    head = ("field", "owner", "direction", "what becomes of an edit", "what a blank means")
    return "\n".join(
        [
            _MADE,
            "# Fields\n",
            "`crmbridge setup` makes these fields; their help texts stand in the CRMs, too.\n",
            "## In HubSpot, on contacts\n",
            table(
                ("property", "label", "kind", "help"),
                [(f"`{p.name}`", p.label, p.kind.value, p.about) for p in mapping.OWNED],
            ),
            "## In Salesforce\n",
            table(
                ("field", "label", "on", "kind", "filled by", "help"),
                [salesforce(each) for each in IN_SALESFORCE],
            ),
            "## Whose every field is\n",
            "With the packaged rule book; `crmbridge fields list` tells it of yours.\n",
            table(head, [(f"`{o.field}`", o.owner, o.direction, o.edit, o.blank) for o in owners]),
        ]
    )


# --- metrics


def metrics() -> str:
    """Every metric with its kind and labels, in the order in which ``/metrics`` shows them."""
    from prometheus_client.parser import text_string_to_metric_families

    rows = []
    for family in text_string_to_metric_families(_every_metric()):
        names = {name for sample in family.samples for name in sample.labels}
        counter = family.type == "counter"
        shown = f"{family.name}_total" if counter and not family.name.endswith("_total") else ""
        labels = ", ".join(f"`{name}`" for name in sorted(names))
        rows.append((f"`{shown or family.name}`", family.type, labels, family.documentation))
    return "\n".join([_MADE, "# Metrics\n", _ABOUT_METRICS, table(_METRIC_HEAD, rows)])


_METRIC_HEAD = ("metric", "kind", "labels", "what it tells")
_ABOUT_METRICS = """\
`/metrics` at the setting `operation.listen`, for Prometheus. No label tells of a person. A process
that stands by shows `crmbridge_leading` as 0, and of the bridge nothing newer than when it led.
[Alert rules](../../deploy/prometheus/alerts.yaml) and
[a dashboard](../../deploy/grafana/dashboards/crmbridge.json) come with crmbridge.
"""


def _every_metric() -> str:
    """What ``/metrics`` would say of a bridge that has met everything once."""
    from dataclasses import replace
    from datetime import UTC, datetime
    from tempfile import TemporaryDirectory

    from crmbridge.core.forecasting import Allowance, Forecast
    from crmbridge.core.reconciling import Reconciliation
    from crmbridge.engine.cycle import CycleReport
    from crmbridge.operation.metrics import Metrics, exposition
    from crmbridge.operation.survey import Surveyor
    from crmbridge.operation.view import Role, View
    from crmbridge.store import Store

    now = datetime(2026, 1, 1, tzinfo=UTC)
    hour = timedelta(hours=1)
    told = Allowance(limit=100, used=1, reserve=0.1, told_at=now)
    with TemporaryDirectory() as folder, Store.open(Path(folder) / "bridge.db") as store:
        survey = replace(
            Surveyor(store).look(now),
            pauses=("hubspot",),
            watermarks={("hubspot", "contacts"): now},
            forecasts=(
                Forecast(system="hubspot", allowance=told, per_hour=1.0, runs_out_at=now + hour),
            ),
            reconciliation=Reconciliation(at=now, tallies=()),
            sla_waiting={"OPEN": 1},
        )
        counts = replace(survey.counts, people={"MQL": 1}, promises={"MET": 1})
    view = View(
        role=Role.LEADER,
        interval=hour,
        systems=("hubspot", "salesforce"),
        finished_at=now,
        last_steps={"poll": 1.0},
        hot=frozenset({("hubspot", "contacts")}),
        survey=replace(survey, counts=counts),
    )
    made = Metrics(lambda: view, lambda: now)
    calls = {"hubspot": 1}
    report = CycleReport(
        number=1,
        at=now,
        records=1,
        facts=1,
        persons=1,
        moves=1,
        operations=1,
        calls=calls,
        writes=calls,
        parked=1,
        retried=1,
        held=0,
        shadow="",
        shadow_moves=0,
        seconds=1.0,
        steps={"poll": 1.0},
    )
    made.count(report)
    made.count_notice("ops", arrived=True)
    made.count_reload("used")
    return exposition({"": made}, "text/plain")[0].decode()


PAGES: dict[str, Callable[[], str]] = {
    "commands": commands,
    "settings": settings,
    "fields": fields,
    "metrics": metrics,
}


def main(arguments: list[str]) -> int:
    """Write every page, or with ``--check`` name those that are not as the code is."""
    stale = []
    FOLDER.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        path, text = FOLDER / f"{name}.md", make()
        if arguments == ["--check"]:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(path)
        else:
            path.write_text(text, encoding="utf-8")
    for path in stale:
        print(f"{path} is not as the code is: run `python docs/reference.py`", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
