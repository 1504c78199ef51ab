"""HubSpot's error answers, each built in one place. HubSpot contract §9."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmbridge_hubspot.simulator.object_types import ObjectType


class HubSpotError(Exception):
    """An error answer; ``body`` lacks only ``correlationId``, which the endpoint adds."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        category: str | None = None,
        sub_category: str | None = None,
        context: Mapping[str, Sequence[str]] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"status": "error", "message": message}
        if category:
            self.body["category"] = category
        if sub_category:
            self.body["subCategory"] = sub_category
        if context:
            self.body["context"] = {key: list(values) for key, values in context.items()}
        self.body.update(more)


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyProblem:
    """Why one property of a write was refused."""

    name: str
    code: str
    message: str


def property_values_invalid(problems: Sequence[PropertyProblem], portal_id: int) -> HubSpotError:
    """400 for refused property values: the details again as JSON inside the message."""
    inner = [
        {
            "isValid": False,
            "message": problem.message,
            "error": problem.code,
            "name": problem.name,
            "localizedErrorMessage": problem.message,
            "portalId": portal_id,
        }
        for problem in problems
    ]
    return HubSpotError(
        400,
        f"Property values were not valid: {json.dumps(inner, separators=(',', ':'))}",
        category="VALIDATION_ERROR",
        errors=[
            {
                "message": problem.message,
                "code": problem.code,
                "context": {"propertyName": [problem.name]},
            }
            for problem in problems
        ],
    )


def validation_error(message: str, *, sub_category: str | None = None) -> HubSpotError:
    """400 VALIDATION_ERROR with one text."""
    return HubSpotError(400, message, category="VALIDATION_ERROR", sub_category=sub_category)


def invalid_json(message: str) -> HubSpotError:
    """400 for a body that cannot be read; such answers often carry no category."""
    return HubSpotError(400, message)


def required_fields_missing(*names: str) -> HubSpotError:
    """400 for a JSON body without its required fields."""
    return invalid_json(
        "Invalid input JSON on line 1, column 1: "
        f"Some required fields were not set: [{', '.join(names)}]"
    )


def resource_not_found() -> HubSpotError:
    """404 for a known route whose record does not exist."""
    return HubSpotError(404, "resource not found", category="OBJECT_NOT_FOUND")


def contact_exists(existing_id: int) -> HubSpotError:
    """409 for a create whose e-mail is taken; the id stands only in the text."""
    return HubSpotError(
        409, f"Contact already exists. Existing ID: {existing_id}", category="CONFLICT"
    )


def required_properties_missing(kind: ObjectType, names: Sequence[str]) -> HubSpotError:
    """400 for a new record of an object type whose schema requires more."""
    return HubSpotError(
        400,
        f"Error creating {kind.singular.upper()}. Some required properties were not set.",
        category="VALIDATION_ERROR",
        context={"properties": names},
    )


def value_taken(
    *, portal_id: int, object_type_id: str, name: str, value: str, record_id: int, other_id: int
) -> HubSpotError:
    """400 for a unique value that another record has."""
    coordinates = (
        f"PropertyValueCoordinates{{portalId={portal_id}, objectTypeId={object_type_id}, "
        f"propertyName={name}, value={value}}}"
    )
    return validation_error(
        f"Cannot set {coordinates} on {record_id}. {other_id} already has that value."
    )


def some_not_found(object_label: str) -> str:
    """The text HubSpot gives for the missing ids of a batch."""
    return (
        f"Could not get some {object_label} objects, they may be deleted or not exist. "
        "Check that ids are valid."
    )


def non_unique_property(object_type_id: str, name: str) -> HubSpotError:
    """400 for an ``idProperty`` that does not identify one record."""
    return validation_error(
        f"Unable to perform update/upsert by non-unique {object_type_id} property {name}"
    )
