"""How an admin sets business hours and holidays. Salesforce contract §12."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmbridge_salesforce.simulator.catalogue_hours import DAYS
from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.values import read_value

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
ROUND_THE_CLOCK = dict.fromkeys(DAYS, ("00:00", "00:00"))


def add_business_hours(
    world: SalesforceWorld,
    name: str,
    zone: str,
    days: Mapping[str, tuple[str, ...]],
    *,
    default: bool = False,
) -> str:
    """Hours by the name of the day, as ``HH:MM`` of the zone; days left out are days off. The id.

    There is one default: a new one takes the place of the last.
    """
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise ApiError(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"no zone: {zone}") from None
    values: dict[str, Any] = {}
    for day, ends in days.items():
        if day not in DAYS or len(ends) != 2 or not all(_TIME.fullmatch(end) for end in ends):
            raise ApiError(400, "FIELD_INTEGRITY_EXCEPTION", f"no hours of a day: {day}")
        values |= {f"{day}StartTime": f"{ends[0]}:00.000Z", f"{day}EndTime": f"{ends[1]}:00.000Z"}
    if default:
        for row in world.store.table("BusinessHours").each():
            if row["IsDefault"]:
                world.touch("BusinessHours", row, {"IsDefault": False})
    fixed = {"Name": name, "TimeZoneSidKey": zone, "IsActive": True, "IsDefault": default}
    row = world.insert("BusinessHours", world.integration_user_id, {**fixed, **values})
    return str(row["Id"])


def add_holiday(world: SalesforceWorld, values: Mapping[str, object]) -> str:
    """A holiday with these fields, under the names and in the form of the API; its id."""
    sobject = world.schema.known("Holiday")
    read: dict[str, Any] = {}
    for name, value in values.items():
        field = sobject.field(name)
        if field is None:
            raise ApiError(
                400, "INVALID_FIELD", f"No such column '{name}' on sobject of type Holiday"
            )
        read[field.name] = read_value(world.schema, field, value)
    return str(world.insert("Holiday", world.integration_user_id, read)["Id"])
