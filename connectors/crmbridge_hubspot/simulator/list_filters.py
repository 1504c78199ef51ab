"""Works out who is on a DYNAMIC list: the property filters of HubSpot's filter branches.

HubSpot contract §12. A branch is OR over ANDs of PROPERTY filters; every other kind of filter
is refused when the list is made, never silently taken as true.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from crmbridge_hubspot.simulator.errors import (
    HubSpotError,
    required_fields_missing,
    validation_error,
)
from crmbridge_hubspot.simulator.json_fields import objects_in
from crmbridge_hubspot.simulator.object_store import ObjectStore
from crmbridge_hubspot.simulator.property_registry import PropertyRegistry
from crmbridge_hubspot.simulator.records import Record

Test = Callable[[Record], bool]


def compile_branch(branch: dict[str, Any], registry: PropertyRegistry) -> Test:
    """A membership test from a filter branch; 400 for what the simulator does not know."""
    inner_branches, filters = (
        objects_in({name: branch.get(name) or []}, name) for name in ("filterBranches", "filters")
    )
    kind = str(branch.get("filterBranchType"))
    if kind not in ("OR", "AND"):
        raise _unsupported(f"filterBranchType {kind}")
    tests = [
        *(compile_branch(inner, registry) for inner in inner_branches),
        *(_property_test(one, registry) for one in filters),
    ]
    if kind == "OR":
        return lambda record: any(test(record) for test in tests)
    return lambda record: all(test(record) for test in tests)


def matching_ids(branch: dict[str, Any] | None, store: ObjectStore) -> list[int]:
    """Ids of the live records that satisfy a branch, ascending; none without a branch."""
    if branch is None:
        return []
    test = compile_branch(branch, store.properties)
    return [record.id for record in store if test(record)]


def properties_of(branch: dict[str, Any]) -> set[str]:
    """The properties that a branch looks at."""
    own = {str(one.get("property")) for one in branch.get("filters") or ()}
    return own.union(*map(properties_of, branch.get("filterBranches") or ()))


def _property_test(raw: dict[str, Any], registry: PropertyRegistry) -> Test:
    if raw.get("filterType") != "PROPERTY":
        raise _unsupported(f"filterType {raw.get('filterType')}")
    name = str(raw.get("property"))
    if registry.find(name) is None:
        raise validation_error(f"Property '{name}' does not exist")
    operation = raw.get("operation") or {}
    if not isinstance(operation, dict):
        raise required_fields_missing("operation")
    operator = str(operation.get("operator"))
    wanted = operation.get("values", operation.get("value"))
    values = {str(one).lower() for one in (wanted if isinstance(wanted, list) else [wanted])}
    match operator:
        case "IS_KNOWN":
            return lambda record: bool(record.value(name))
        case "IS_UNKNOWN":
            return lambda record: not record.value(name)
        case "IS_EQUAL_TO" | "IS_ANY_OF":
            return lambda record: bool(values & _choices(record, name))
        case "IS_NOT_EQUAL_TO" | "IS_NONE_OF":
            return lambda record: not values & _choices(record, name)
        case "CONTAINS":
            return lambda record: any(one in record.value(name).lower() for one in values)
        case _:
            raise _unsupported(f"operator {operator}")


def _choices(record: Record, name: str) -> set[str]:
    return set(record.value(name).lower().split(";"))


def _unsupported(what: str) -> HubSpotError:
    return validation_error(f"The simulator does not evaluate list filters with {what}.")
