"""Reads field values from JSON bodies, as strictly as the platform. Contract §3, §11, §12."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from crmbridge_salesforce.simulator.errors import ApiError, json_error, malformed_id
from crmbridge_salesforce.simulator.ids import full_id, looks_like_id
from crmbridge_salesforce.simulator.schema import TEXT_TYPES, Field, Schema
from crmbridge_salesforce.simulator.times import parse_date, parse_datetime

_EMAIL = re.compile(r"[^@\s,;<>()\"]+@[^@\s.,;<>()\"]+(?:\.[^@\s.,;<>()\"]+)+")
_TOKENS = {str: "VALUE_STRING", bool: "VALUE_BOOLEAN", int: "VALUE_NUMBER_INT"}


def read_value(schema: Schema, field: Field, value: object) -> Any:
    """The value to store for a JSON value; raises ``ApiError`` naming the field.

    Text loses the white space around it, and empty text is null; decimals are rounded to the
    field's scale and instants cut to whole seconds.
    """
    if value is None:
        return field.default if field.type == "boolean" else None
    if field.type in TEXT_TYPES or field.type == "picklist":
        return _text(field, value)
    if field.type == "reference":
        return _reference(schema, field, value)
    return _READERS[field.type](field, value)


def _mismatch(kind: str, value: object) -> ApiError:
    token = _TOKENS.get(type(value), "VALUE_NUMBER_FLOAT")
    if isinstance(value, dict | list):
        token = "START_OBJECT" if isinstance(value, dict) else "START_ARRAY"
    return json_error(
        f"Cannot deserialize instance of {kind} from {token} value {json.dumps(value)} "
        "at [line:1, column:1]"
    )


def _text(field: Field, value: object) -> str | None:
    if not isinstance(value, str):
        raise _mismatch("string", value)
    text = value if field.type == "textarea" else value.strip()
    if not text:
        return None
    if len(text) > field.length:
        raise ApiError(
            400,
            "STRING_TOO_LONG",
            f"{field.label}: data value too large: {text} (max length={field.length})",
            [field.name],
        )
    if field.type == "email" and not _EMAIL.fullmatch(text):
        message = f"{field.label}: invalid email address: {text}"
        raise ApiError(400, "INVALID_EMAIL_ADDRESS", message, [field.name])
    if field.restricted and text not in field.picklist:
        raise _bad_choice(field, text)
    return text


def _bad_choice(field: Field, text: str) -> ApiError:
    return ApiError(
        400,
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
        f"{field.label}: bad value for restricted picklist field: {text}",
        [field.name],
    )


def _choices(field: Field, value: object) -> str | None:
    if not isinstance(value, str):
        raise _mismatch("string", value)
    chosen = [part.strip() for part in value.split(";") if part.strip()]
    for part in chosen:
        if field.restricted and part not in field.picklist:
            raise _bad_choice(field, part)
    known = [each for each in field.picklist if each in chosen]
    return ";".join(known + [each for each in chosen if each not in known]) or None


def _boolean(field: Field, value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    raise _mismatch("boolean", value)


def _integer(field: Field, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _mismatch("int", value)
    if abs(value) > 2**31 - 1:
        raise _mismatch("int", value)
    return value


def _decimal(field: Field, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _mismatch("double", value)
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
    if abs(exact) >= Decimal(10) ** (field.precision - field.scale):
        raise ApiError(
            400,
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field.label}: value outside of valid range on numeric field: {value}",
            [field.name],
        )
    return float(exact)


def _day(field: Field, value: object) -> date:
    parsed = parse_date(value) if isinstance(value, str) else None
    if parsed is None:
        raise _mismatch("date", value)
    return parsed


def _instant(field: Field, value: object) -> datetime:
    parsed = parse_datetime(value) if isinstance(value, str) else None
    if parsed is None:
        raise _mismatch("datetime", value)
    return parsed


def _reference(schema: Schema, field: Field, value: object) -> str | None:
    if not isinstance(value, str):
        raise _mismatch("reference", value)
    if not value:
        return None
    record_id = full_id(value)
    if record_id is None:
        if looks_like_id(value):
            raise ApiError(400, "MALFORMED_ID", f"malformed id {value}", [field.name])
        raise malformed_id(field.label, value, [field.name])
    target = schema.object_of_id(record_id)
    if target is None or target.name not in field.reference_to:
        raise malformed_id(field.label, value, [field.name])
    return record_id


_READERS: dict[str, Callable[[Field, object], Any]] = {
    "multipicklist": _choices,
    "boolean": _boolean,
    "int": _integer,
    "double": _decimal,
    "currency": _decimal,
    "percent": _decimal,
    "date": _day,
    "datetime": _instant,
}
