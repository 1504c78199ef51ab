"""The one-way street of lifecycle stages and its date stamps. HubSpot contract §7."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from crmbridge_hubspot.simulator.configuration import LifecycleBackward
from crmbridge_hubspot.simulator.definitions import PropertyDefinition, PropertyOption
from crmbridge_hubspot.simulator.instants import iso
from crmbridge_hubspot.simulator.property_registry import PropertyRegistry

STAGE = "lifecyclestage"


def define_stamps(registry: PropertyRegistry) -> None:
    """Define the date properties of every stage that the registry's stage property offers."""
    definition = registry.get(STAGE)
    for option in definition.options:
        labels = (f"Became a {option.label} date", f"Date entered {option.label}")
        for name, label in zip(stamp_names(option.value), labels, strict=True):
            registry.define(
                PropertyDefinition(
                    name=name,
                    label=label,
                    type="datetime",
                    field_type="date",
                    group_name=definition.group_name,
                    read_only_value=True,
                    created_at=definition.created_at,
                    updated_at=definition.updated_at,
                )
            )


def add_stage(registry: PropertyRegistry, value: str, label: str) -> None:
    """Append a portal's own stage; it becomes the furthest one."""
    definition = registry.get(STAGE)
    option = PropertyOption(value=value, label=label, display_order=len(definition.options))
    registry.define(replace(definition, options=(*definition.options, option)))
    define_stamps(registry)


def stamp_names(stage: str) -> tuple[str, str]:
    """The two properties that remember when a record entered ``stage``."""
    return (f"hs_lifecyclestage_{stage}_date", f"hs_v2_date_entered_{stage}")


def is_backward(definition: PropertyDefinition, current: str, wanted: str) -> bool:
    """Whether ``wanted`` lies before ``current``; clearing and leaving empty never do."""
    order = definition.allowed_values
    if not current or not wanted or current not in order or wanted not in order:
        return False
    return order.index(wanted) < order.index(current)


def further(definition: PropertyDefinition, one: str, other: str) -> str:
    """The stage that is further down the funnel."""
    return other if not one or is_backward(definition, other, one) else one


def settle_stage(
    definition: PropertyDefinition,
    current: str,
    changes: Mapping[str, str],
    *,
    backward: LifecycleBackward,
    at: datetime,
) -> dict[str, str]:
    """``changes`` with a backward stage dropped and the date stamps of a new one added."""
    settled = dict(changes)
    wanted = changes[STAGE]
    if is_backward(definition, current, wanted) and backward is LifecycleBackward.SILENT:
        del settled[STAGE]
    elif wanted and wanted != current:
        settled |= dict.fromkeys(stamp_names(wanted), iso(at))
    return settled
