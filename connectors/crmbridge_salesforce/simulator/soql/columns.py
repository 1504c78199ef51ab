"""Resolves field paths against the schema. Salesforce contract §4."""

from __future__ import annotations

from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.schema import Field, SObject
from crmbridge_salesforce.simulator.soql.bound import Column, Scope
from crmbridge_salesforce.simulator.soql.parsing import malformed, query_error
from crmbridge_salesforce.simulator.soql.syntax import Path

_DEEPEST = 5
_WSDL = "Please reference your WSDL or the describe call for the appropriate names."


def invalid_field(scope: Scope, path: Path, message: str) -> ApiError:
    """An INVALID_FIELD error that points at the path."""
    return query_error(scope.text, path.place, "INVALID_FIELD", message)


def resolve(scope: Scope, sobject: SObject, alias: str | None, path: Path) -> Column:
    """The column a path means; raises INVALID_FIELD for names the user cannot see."""
    parts = _without_source(sobject, alias, path.parts)
    if len(parts) > _DEEPEST + 1:
        raise malformed(scope.text, path.place, "SELECT clause: more than 5 levels of parents")
    hops: list[Field] = []
    current = sobject
    for relationship in parts[:-1]:
        hop = current.reference_named(relationship)
        if hop is None or scope.field(current, hop.name) is None:
            raise invalid_field(
                scope,
                path,
                f"Didn't understand relationship '{relationship}' in field path. If you are "
                "attempting to use a custom relationship, be sure to append the '__r' after "
                f"the custom relationship name. {_WSDL}",
            )
        hops.append(hop)
        target = "Name" if hop.polymorphic else hop.reference_to[0]
        current = scope.schema.known(target)
    field = scope.field(current, parts[-1])
    if field is None:
        raise invalid_field(
            scope,
            path,
            f"No such column '{parts[-1]}' on entity '{current.name}'. If you are attempting to "
            "use a custom field, be sure to append the '__c' after the custom field name. "
            f"{_WSDL}",
        )
    return Column(hops=tuple(hops), sobject=current, field=field, place=path.place)


def _without_source(sobject: SObject, alias: str | None, parts: tuple[str, ...]) -> tuple[str, ...]:
    """The path without a leading alias or object name."""
    if len(parts) == 1:
        return parts
    first = parts[0].lower()
    if alias and first == alias.lower():
        return parts[1:]
    if first == sobject.name.lower() and sobject.reference_named(first) is None:
        return parts[1:]
    return parts


def source_object(scope: Scope, path: Path) -> SObject:
    """The object of a FROM clause; raises INVALID_TYPE."""
    sobject = scope.schema.object(str(path))
    if sobject is None or not sobject.queryable:
        raise query_error(
            scope.text,
            path.place,
            "INVALID_TYPE",
            f"sObject type '{path}' is not supported. If you are attempting to use a custom "
            f"object, be sure to append the '__c' after the entity name. {_WSDL}",
        )
    return sobject
