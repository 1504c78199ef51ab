"""Reads the property catalogues that a fresh portal has, written as short tables.

One line a property: ``name type/field flags Label``, under a ``[group | Group label]``
heading. Flags, comma-separated or ``-``: ``ro`` only HubSpot writes the value, ``calc``
computed (and so read-only), ``external`` options live elsewhere, ``hidden``, ``form``
usable on forms, ``opt:NAME`` the options of that option set, ``options`` a portal may edit them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmbridge_hubspot.simulator.definitions import (
    PropertyDefinition,
    PropertyGroup,
    PropertyOption,
)

OptionSet = Sequence[tuple[str, str]]
# What the records of every object type but contacts and companies know of themselves.
RECORD_ROWS = """
hubspot_owner_id         enumeration/select     external    Owner
hubspot_owner_assigneddate datetime/date        ro      Owner assigned date
hs_lastmodifieddate      datetime/date          ro      Last modified date
hs_object_id             number/number          ro      Record ID
hs_object_source         string/text            ro      Record creation source
hs_object_source_id      string/text            ro      Record creation source ID
hs_object_source_label   enumeration/select     ro,external    Record source
hs_object_source_detail_1 string/text           ro      Record source detail 1
hs_object_source_user_id number/number          ro      Record creation source user ID
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Groups and definitions in table order."""

    groups: tuple[PropertyGroup, ...]
    definitions: tuple[PropertyDefinition, ...]


def options_of(pairs: OptionSet) -> tuple[PropertyOption, ...]:
    """Options from (value, label) pairs, displayed in that order."""
    return tuple(
        PropertyOption(value=value, label=label, display_order=place)
        for place, (value, label) in enumerate(pairs)
    )


def same_labels(*values: str) -> OptionSet:
    """Option pairs whose label is the value in plain words."""
    return [(value, value.replace("_", " ").capitalize()) for value in values]


def read_catalogue(table: str, option_sets: Mapping[str, OptionSet]) -> Catalogue:
    """The groups and definitions that ``table`` describes."""
    groups: list[PropertyGroup] = []
    definitions: list[PropertyDefinition] = []
    for line in filter(None, map(str.strip, table.splitlines())):
        if line.startswith("["):
            name, label = line.strip("[]").split("|")
            groups.append(PropertyGroup(name=name.strip(), label=label.strip()))
        else:
            definitions.append(_definition(line, groups[-1].name, option_sets))
    return Catalogue(groups=tuple(groups), definitions=tuple(definitions))


def _definition(line: str, group: str, option_sets: Mapping[str, OptionSet]) -> PropertyDefinition:
    name, kind, flag_text, label = line.split(maxsplit=3)
    type_name, _, field_type = kind.partition("/")
    flags = set(flag_text.split(","))
    chosen = next((flag[4:] for flag in flags if flag.startswith("opt:")), None)
    pairs = option_sets[chosen] if chosen else ()
    if type_name == "bool":
        pairs = [("true", "True"), ("false", "False")]
    return PropertyDefinition(
        name=name,
        label=label,
        type=type_name,
        field_type=field_type,
        group_name=group,
        options=options_of(pairs),
        read_only_value=bool(flags & {"ro", "calc"}),
        calculated="calc" in flags,
        external_options="external" in flags,
        hidden="hidden" in flags,
        form_field="form" in flags,
        # Portals may edit the options of "options" rows only; stages are edited elsewhere.
        read_only_definition="options" not in flags,
    )
