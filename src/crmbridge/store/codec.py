"""Core values to JSON text and back, without loss: a date stays a date, a tuple a tuple."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import orjson
from pydantic import TypeAdapter

from crmbridge.core.facts import DETAIL_OF, Detail, FactKind
from crmbridge.core.handoff_rules import Assignment
from crmbridge.core.model import ObjectType, Owner, Ref, Side, Value
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind
from crmbridge.core.reconciling import Reconciliation
from crmbridge.core.standing import Standing


def whole(text: str) -> str:
    """The text with every half of a broken character, and every NUL, replaced by U+FFFD.

    Both vendors count and cut in UTF-16 units, so that an emoji at a length limit comes back
    as half of one, which no database takes: it would hold up its page for ever. Nor does
    PostgreSQL take a NUL.
    """
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _text(data: object) -> str:
    try:
        return orjson.dumps(data).decode()
    except TypeError:
        # Half of a broken character, or a number beyond 64 bits.
        return whole(json.dumps(data, ensure_ascii=False, separators=(",", ":")))


def _data(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def encode_value(value: Value) -> object:
    """JSON data for one canonical value."""
    if isinstance(value, datetime):
        return {"$at": value.isoformat()}
    if isinstance(value, date):
        return {"$on": value.isoformat()}
    if isinstance(value, tuple):
        return {"$all": list(value)}
    return value


def decode_value(data: Any) -> Value:
    """The value that ``encode_value`` wrote."""
    if isinstance(data, dict):
        if "$at" in data:
            return datetime.fromisoformat(data["$at"])
        if "$on" in data:
            return date.fromisoformat(data["$on"])
        return tuple(data["$all"])
    if data is None or isinstance(data, str | int | float | bool):
        return data
    raise ValueError(f"not a stored value: {type(data).__name__}")


def encode_fields(fields: Mapping[str, Value]) -> str:
    """JSON text for canonical fields; keys in order, so that equal fields give equal text."""
    return _text({name: encode_value(fields[name]) for name in sorted(fields)})


def decode_fields(text: str) -> dict[str, Value]:
    """The fields that ``encode_fields`` wrote."""
    # Nearly every value is plain, and this runs for every record that is read.
    return {
        name: decode_value(data) if isinstance(data, dict) else data
        for name, data in _data(text).items()
    }


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    """Building one costs milliseconds, so each kind gets one for the life of the process."""
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def encode_detail(detail: Detail) -> str:
    """JSON text for a fact's detail."""
    return _text(_adapter(type(detail)).dump_python(detail, mode="json"))


def decode_detail(kind: FactKind, text: str) -> Detail:
    """The detail of a fact of that kind."""
    detail: Detail = _adapter(DETAIL_OF[kind]).validate_json(text)
    return detail


def encode_standing(standing: Standing) -> str:
    """JSON text for a standing."""
    return _text(_adapter(Standing).dump_python(standing, mode="json"))


def decode_standing(text: str) -> Standing:
    """The standing that ``encode_standing`` wrote."""
    standing: Standing = _adapter(Standing).validate_json(text)
    return standing


def encode_operation(operation: Operation) -> str:
    """JSON text for an operation."""
    return _text(
        {
            "key": operation.key,
            "uid": operation.uid,
            "kind": operation.kind,
            "side": operation.side,
            "object_type": operation.object_type,
            "target": str(operation.target) if operation.target else None,
            "lane": operation.lane,
            "reason": operation.reason,
            "changes": [
                [c.field, encode_value(c.before), encode_value(c.after), c.reason]
                for c in operation.changes
            ],
            "expected": {name: encode_value(v) for name, v in operation.expected.items()},
            "list_name": operation.list_name,
            "assignment": operation.assignment,
            "assignment_rule_id": operation.assignment_rule_id,
        }
    )


def decode_operation(text: str) -> Operation:
    """The operation that ``encode_operation`` wrote."""
    data = _data(text)
    return Operation(
        key=data["key"],
        uid=data["uid"],
        kind=OperationKind(data["kind"]),
        side=Side(data["side"]),
        object_type=ObjectType(data["object_type"]),
        target=Ref.parse(data["target"]) if data["target"] else None,
        lane=Lane(data["lane"]),
        reason=data["reason"],
        changes=tuple(
            FieldChange(
                field=field,
                before=decode_value(before),
                after=decode_value(after),
                reason=reason,
            )
            for field, before, after, reason in data["changes"]
        ),
        expected={name: decode_value(value) for name, value in data["expected"].items()},
        list_name=data["list_name"],
        assignment=Assignment(data["assignment"]) if data["assignment"] else None,
        assignment_rule_id=data["assignment_rule_id"],
    )


def encode_payload(payload: Mapping[str, object]) -> str:
    """Canonical JSON text of a journal payload; instants and dates become ISO text."""
    return json.dumps(payload, sort_keys=True, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a journal payload cannot hold a {type(value).__name__}")


def encode_owner(owner: Owner) -> str:
    """JSON text for an owner."""
    return _text(_adapter(Owner).dump_python(owner, mode="json"))


def decode_owner(text: str) -> Owner:
    """The owner that ``encode_owner`` wrote."""
    owner: Owner = _adapter(Owner).validate_json(text)
    return owner


def encode_reconciliation(found: Reconciliation) -> str:
    """JSON text for a comparison in numbers."""
    return _text(_adapter(Reconciliation).dump_python(replace(found, differences=()), mode="json"))


def decode_reconciliation(text: str) -> Reconciliation:
    """The comparison that ``encode_reconciliation`` wrote."""
    found: Reconciliation = _adapter(Reconciliation).validate_json(text)
    return found
