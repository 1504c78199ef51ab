"""What the values of two CRMs may mean in the lead standard: proposals, never decisions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from crmbridge.core.model import Owner, OwnerKind, Stage
from crmbridge.core.rules import Rules

_SIGNS: tuple[tuple[str, Stage], ...] = (
    (r"not converted|unqualif|disqualif|junk|spam|lost|dead|bad fit|invalid", Stage.DISQUALIFIED),
    (r"nurtur|recycl|not ready|later|future", Stage.RECYCLED),
    (r"opportunit|proposal|negotiat", Stage.OPPORTUNITY),
    (r"qualif|discovery|demo (held|done)", Stage.QUALIFICATION),
    (r"work|contact(?!able)|progress|attempt|connect|engag|meeting", Stage.ACTIVATION),
)
"""Words in the order in which they are looked for: `unqualified` is not `qualified`."""
_UNTOUCHED = re.compile(r"not contacted|uncontacted|\bnew\b|\bopen\b", re.IGNORECASE)
_LINE = re.compile(r"^(?P<head>  (?P<stage>[A-Z]+): \[)(?P<values>[^\[\]]*)(?P<tail>\].*)$")


def meanings(values: Iterable[str], rules: Rules) -> dict[str, Stage | None]:
    """Status value → the stage that it seems to mean, of those that the rule book does not know, in
    order; ``None`` where it seems to mean that nobody has done anything, or nothing certain."""
    known = rules.stages.statuses
    return {each: _meaning(each) for each in sorted(values) if each.casefold() not in known}


def _meaning(value: str) -> Stage | None:
    if _UNTOUCHED.search(value):
        return None
    return next((stage for signs, stage in _SIGNS if re.search(signs, value, re.IGNORECASE)), None)


def add_statuses(file: Path, found: Mapping[str, Stage]) -> bool:
    """Write these values into the lines of ``statuses`` in ``stages.yaml``, and leave everything
    else as it stands; whether all of them found their line."""
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    left = dict(found)
    inside = False
    for number, line in enumerate(lines):
        inside = line.startswith("statuses:") or (inside and not re.match(r"\S", line))
        match = _LINE.match(line.rstrip("\n"))
        if not inside or match is None:
            continue
        new = [value for value, stage in left.items() if stage.value == match["stage"]]
        if new:
            values = [each for each in [match["values"].strip()] if each] + list(map(_quoted, new))
            lines[number] = f"{match['head']}{', '.join(values)}{match['tail']}\n"
            left = {value: stage for value, stage in left.items() if value not in new}
    file.write_text("".join(lines), encoding="utf-8")
    return not left


def _quoted(value: str) -> str:
    plain = re.fullmatch(r"[A-Za-z][\w /.&'()+-]*", value) and not value.endswith(" ")
    reserved = value.casefold() in ("true", "false", "null", "yes", "no", "on", "off")
    return value if plain and not reserved else "'" + value.replace("'", "''") + "'"


def strange_stages(offered: Collection[str], rules: Rules) -> list[str]:
    """Life-cycle stages that the rule book shows and the portal does not offer, in order."""
    return sorted({*rules.stages.lifecycle.values()} - {*offered})


def lost_currencies(found: Collection[str], rules: Rules) -> list[str]:
    """Currencies without a rate: values in them do not count. In order."""
    return sorted({*found} - {*rules.normalisation.rates})


def lost_zones(owners: Collection[Owner], rules: Rules) -> dict[str, int]:
    """Time zone → the people in it who would own leads, of zones that no calendar knows."""
    zones = Counter(
        each.time_zone
        for each in owners
        if each.active and each.kind is OwnerKind.HUMAN and each.time_zone is not None
    )
    return {zone: count for zone, count in sorted(zones.items()) if zone not in rules.sla.zones}
