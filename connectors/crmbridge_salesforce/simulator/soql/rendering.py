"""Shapes rows as the API answers them. Salesforce contract §3, §4."""

from __future__ import annotations

from typing import Any

from crmbridge_salesforce.simulator.schema import Field
from crmbridge_salesforce.simulator.soql.bound import BoundQuery, Children, Column, TypeOf
from crmbridge_salesforce.simulator.soql.evaluation import children_of
from crmbridge_salesforce.simulator.store import Store
from crmbridge_salesforce.simulator.table import Row
from crmbridge_salesforce.simulator.times import json_value


def attributes(kind: str, sobject: str, record_id: str, root: str) -> dict[str, Any]:
    """The leading ``attributes`` of a record; ``root`` is ``/services/data/vNN.0``."""
    return {"type": kind, "url": f"{root}/sobjects/{sobject}/{record_id}"}


def field_json(field: Field, row: Row) -> Any:
    """A field of a row as JSON; an address becomes an object, or null if all of it is empty."""
    if field.components:
        parts = {key: row.get(name) for key, name in field.components}
        known = any(value is not None for value in parts.values())
        return dict(sorted(parts.items())) if known else None
    return json_value(row.get(field.name))


def record_json(query: BoundQuery, row: Row, root: str) -> dict[str, Any]:
    """One record of a query answer with the selected fields, parents and children."""
    name = query.sobject.name
    record: dict[str, Any] = {"attributes": attributes(name, name, row["Id"], root)}
    for output in query.outputs:
        match output:
            case Column():
                _place_column(query.scope.store, record, output, row, root)
            case TypeOf():
                target = query.scope.store.row(row.get(output.hop.name))
                key = output.hop.relationship or output.hop.name
                record[key] = _typed(query.scope.store, output, target, root)
            case Children():
                record[output.name] = _children_json(output, row, root)
    return record


def _place_column(
    store: Store, record: dict[str, Any], column: Column, row: Row, root: str
) -> None:
    place: dict[str, Any] | None = record
    current: Row | None = row
    for hop in column.hops:
        if place is None or current is None:
            return
        current = store.row(current.get(hop.name))
        key = hop.relationship or hop.name
        if current is None:
            place[key] = None
            return
        if place.get(key) is None:
            place[key] = {"attributes": _link_attributes(store, hop, current, root)}
        place = place[key]
    if place is not None and current is not None:
        if column.field.components:
            place[column.field.name] = field_json(column.field, current)
        else:
            final = Column(hops=(), sobject=column.sobject, field=column.field, place=column.place)
            place[column.field.name] = json_value(final.read(store, current))


def _link_attributes(store: Store, hop: Field, target: Row, root: str) -> dict[str, Any]:
    sobject = store.schema.object_of_id(target["Id"])
    name = sobject.name if sobject else hop.reference_to[0]
    return attributes("Name" if hop.polymorphic else name, name, target["Id"], root)


def _typed(store: Store, output: TypeOf, target: Row | None, root: str) -> dict[str, Any] | None:
    if target is None:
        return None
    sobject = store.schema.object_of_id(target["Id"])
    name = sobject.name if sobject else "Name"
    record: dict[str, Any] = {"attributes": attributes(name, name, target["Id"], root)}
    for column in output.branches.get(name, output.otherwise):
        _place_column(store, record, column, target, root)
    return record


def _children_json(output: Children, row: Row, root: str) -> dict[str, Any] | None:
    rows = children_of(output, row)
    if not rows:
        return None
    records = [record_json(output.query, child, root) for child in rows]
    return {"totalSize": len(records), "done": True, "records": records}
