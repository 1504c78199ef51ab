"""Short constructors for object and field definitions, one per type of the describe answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crmbridge_salesforce.simulator.schema import Field, SObject

GEOCODE_ACCURACY = (
    "Address",
    "NearAddress",
    "Block",
    "Street",
    "ExtendedZip",
    "Zip",
    "Neighborhood",
    "City",
    "County",
    "State",
    "Unknown",
)
READ_ONLY: dict[str, Any] = {"createable": False, "updateable": False, "permissionable": False}


def text(name: str, label: str, length: int, **more: Any) -> Field:
    """A one-line text."""
    return Field(name=name, label=label, type="string", length=length, **more)


def textarea(name: str, label: str, length: int = 255, **more: Any) -> Field:
    """A multi-line text; longer than 255 characters it can be neither filtered nor sorted."""
    usable = length <= 255
    return Field(
        name=name,
        label=label,
        type="textarea",
        length=length,
        filterable=usable,
        sortable=usable,
        groupable=usable,
        **more,
    )


def phone(name: str, label: str, **more: Any) -> Field:
    """A phone number; any text of 40 characters."""
    return Field(name=name, label=label, type="phone", length=40, **more)


def email(name: str = "Email", label: str = "Email", **more: Any) -> Field:
    """An e-mail address, checked for its form."""
    return Field(name=name, label=label, type="email", length=80, **more)


def url(name: str, label: str, **more: Any) -> Field:
    """A web address; not checked."""
    return Field(name=name, label=label, type="url", length=255, **more)


def picklist(
    name: str, label: str, values: tuple[str, ...] = (), length: int = 255, **more: Any
) -> Field:
    """A choice; only ``restricted`` ones refuse values outside the list."""
    return Field(name=name, label=label, type="picklist", length=length, picklist=values, **more)


def boolean(name: str, label: str, **more: Any) -> Field:
    """A checkbox: never null, false unless told otherwise."""
    return Field(
        name=name,
        label=label,
        type="boolean",
        nillable=False,
        defaulted=True,
        default=more.pop("default", False),
        **more,
    )


def integer(name: str, label: str, **more: Any) -> Field:
    """A whole number of up to eight digits."""
    return Field(name=name, label=label, type="int", precision=8, **more)


def number(
    name: str, label: str, precision: int = 18, scale: int = 0, type: str = "double", **more: Any
) -> Field:
    """A decimal number, percentage or amount of money, kept to ``scale`` places."""
    return Field(
        name=name,
        label=label,
        type=type,
        precision=precision,
        scale=scale,
        groupable=False,
        **more,
    )


def day(name: str, label: str, **more: Any) -> Field:
    """A calendar day without a time zone."""
    return Field(name=name, label=label, type="date", **more)


def instant(name: str, label: str, **more: Any) -> Field:
    """An instant in UTC."""
    return Field(name=name, label=label, type="datetime", groupable=False, **more)


def clock_time(name: str, label: str, **more: Any) -> Field:
    """A time of day without a zone, as ``HH:MM:SS.000Z``; this org does not filter by it."""
    return Field(name=name, label=label, type="time", filterable=False, groupable=False, **more)


def reference(name: str, label: str, to: tuple[str, ...], relationship: str, **more: Any) -> Field:
    """A link to another record; ``relationship`` is how a dotted path enters it."""
    return Field(
        name=name,
        label=label,
        type="reference",
        length=18,
        reference_to=to,
        relationship=relationship or None,
        **more,
    )


def address(prefix: str, label: str) -> list[Field]:
    """The parts of an address and the read-only compound made of them."""
    name = f"{prefix}Address"
    part: dict[str, Any] = {"compound": name}
    lead = f"{label} " if label else ""
    accuracy = picklist(
        f"{prefix}GeocodeAccuracy",
        f"{lead}Geocode Accuracy",
        GEOCODE_ACCURACY,
        40,
        restricted=True,
        compound=name,
    )
    parts = [
        textarea(f"{prefix}Street", f"{lead}Street", **part),
        text(f"{prefix}City", f"{lead}City", 40, **part),
        text(f"{prefix}State", f"{lead}State/Province", 80, **part),
        text(f"{prefix}PostalCode", f"{lead}Zip/Postal Code", 20, **part),
        text(f"{prefix}Country", f"{lead}Country", 80, **part),
        number(f"{prefix}Latitude", f"{lead}Latitude", 18, 15, **part),
        number(f"{prefix}Longitude", f"{lead}Longitude", 18, 15, **part),
        accuracy,
    ]
    compound = Field(
        name=name,
        label=f"{lead}Address",
        type="address",
        sortable=False,
        groupable=False,
        components=tuple((_json_key(part.name, prefix), part.name) for part in parts),
        **READ_ONLY,
    )
    return [*parts, compound]


def _json_key(name: str, prefix: str) -> str:
    bare = name[len(prefix) :]
    return bare[0].lower() + bare[1:]


def record_id(label: str) -> Field:
    """The record's own id."""
    return Field(
        name="Id",
        label=label,
        type="id",
        length=18,
        nillable=False,
        defaulted=True,
        id_lookup=True,
        **READ_ONLY,
    )


def deleted_flag() -> Field:
    """Whether the record lies in the recycle bin."""
    return boolean("IsDeleted", "Deleted", **READ_ONLY)


def master_record(sobject: str) -> Field:
    """The winner of the merge this record lost."""
    return reference("MasterRecordId", "Master Record ID", (sobject,), "MasterRecord", **READ_ONLY)


def audit() -> list[Field]:
    """Who made and last changed the record, and when."""
    fixed: dict[str, Any] = {"nillable": False, "defaulted": True, **READ_ONLY}
    return [
        instant("CreatedDate", "Created Date", **fixed),
        reference("CreatedById", "Created By ID", ("User",), "CreatedBy", **fixed),
        instant("LastModifiedDate", "Last Modified Date", **fixed),
        reference("LastModifiedById", "Last Modified By ID", ("User",), "LastModifiedBy", **fixed),
        instant("SystemModstamp", "System Modstamp", **fixed),
    ]


def owner(to: tuple[str, ...] = ("User",), label: str = "Owner ID") -> Field:
    """Who the record belongs to; whoever creates it unless told otherwise."""
    return reference(
        "OwnerId", label, to, "Owner", nillable=False, defaulted=True, permissionable=False
    )


def person_name() -> list[Field]:
    """Last, first name and salutation, and the read-only full name."""
    part: dict[str, Any] = {"compound": "Name", "permissionable": False}
    full = text(
        "Name", "Full Name", 121, nillable=False, name_field=True, defaulted=True, **READ_ONLY
    )
    return [
        text("LastName", "Last Name", 80, nillable=False, **part),
        text("FirstName", "First Name", 40, **part),
        picklist("Salutation", "Salutation", ("Mr.", "Ms.", "Mrs.", "Dr.", "Prof."), 40, **part),
        full,
    ]


def make(
    name: str, label: str, plural: str, prefix: str, fields: Iterable[Field], **more: Any
) -> SObject:
    """An object with these fields; ``more`` are attributes of ``SObject``."""
    sobject = SObject(
        name=name,
        label=label,
        label_plural=plural,
        key_prefix=prefix,
        **more,
    )
    for added in fields:
        sobject.put_field(added)
    return sobject
