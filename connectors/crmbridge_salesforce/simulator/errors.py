"""The errors the REST API answers with. Salesforce contract §11.

One ``ApiError`` is one refusal: as the whole answer it becomes a one-element array with
``errorCode``, inside a collections row a dict with ``statusCode``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ApiError(Exception):
    """A refusal. ``fields`` None leaves the key out of the body (query errors have none).

    ``extra`` keys stand beside the code of a plain call's error, not in collections rows.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        fields: Sequence[str] | None = None,
        *,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = None if fields is None else list(fields)
        self.extra = dict(extra or {})

    def body(self) -> list[dict[str, Any]]:
        """The array a plain REST call answers with."""
        error = {**self.extra, "message": self.message, "errorCode": self.code}
        if self.fields is not None:
            error["fields"] = self.fields
        return [error]

    def row_error(self) -> dict[str, Any]:
        """The error inside one row of a collections answer."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields or []}


def resource_missing() -> ApiError:
    """An address, object or wrong-typed id that does not exist."""
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def record_missing(key: str) -> ApiError:
    """A record that was never there, or an external id field that is none."""
    return ApiError(
        404,
        "NOT_FOUND",
        f"Provided external ID field does not exist or is not accessible: {key}",
    )


def entity_deleted() -> ApiError:
    """A record in the recycle bin."""
    return ApiError(404, "ENTITY_IS_DELETED", "entity is deleted", [])


def cross_reference(status: int, fields: Sequence[str] = ()) -> ApiError:
    """An id that names no record: 404 when it is the address, 400 when it is a value."""
    return ApiError(status, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields)


def malformed_id(label: str, value: str, fields: Sequence[str]) -> ApiError:
    """An id of another object, or something that is no id at all."""
    return ApiError(400, "MALFORMED_ID", f"{label}: id value of incorrect type: {value}", fields)


def unknown_column(name: str, sobject: str) -> ApiError:
    """A body that names a field which is not there, or is hidden from the user."""
    return ApiError(400, "INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")


def not_writable(names: Sequence[str]) -> ApiError:
    """A body that sets read-only fields."""
    return ApiError(
        400,
        "INVALID_FIELD_FOR_INSERT_UPDATE",
        f"Unable to create/update fields: {', '.join(names)}. Please check the security "
        "settings of this field and verify that it is read/write for your profile or "
        "permission set.",
        names,
    )


def required_missing(names: Sequence[str]) -> ApiError:
    """A record without its mandatory fields."""
    return ApiError(
        400, "REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", names
    )


def json_error(message: str) -> ApiError:
    """A body that cannot be read as what the call needs."""
    return ApiError(400, "JSON_PARSER_ERROR", message)


def converted_lead() -> ApiError:
    """A write to, or a reference from a new record to, a converted lead."""
    return ApiError(400, "CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead", [])
