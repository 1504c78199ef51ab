"""Other records of the same CRM that a record names."""

from __future__ import annotations

from crmbridge.core.model import ObjectType, Record, Ref


def named(record: Record, field: str, object_type: ObjectType) -> Ref | None:
    """The record of this type whose id stands in a field; ``None`` where none does."""
    identity = record.fields.get(field)
    if not isinstance(identity, str):
        return None
    return Ref(system=record.ref.system, object_type=object_type, id=identity)


def contacts_in(record: Record, field: str) -> list[Ref]:
    """The contacts whose ids stand in a field of a deal or a list, in its order."""
    ids = record.fields.get(field)
    return [
        Ref(system=record.ref.system, object_type=ObjectType.CONTACT, id=identity)
        for identity in (ids if isinstance(ids, tuple) else ())
    ]
