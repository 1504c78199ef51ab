"""What a user may do: fields are seen, custom ones only where a permission set grants them; records
of an object are created and changed unless that right was taken.

A field made through an API is invisible, even to its maker, until then. Contract §14.
"""

from __future__ import annotations

from enum import StrEnum

from crmbridge_salesforce.simulator.schema import Field, Schema, SObject
from crmbridge_salesforce.simulator.store import Store

_Grants = dict[tuple[str, str], bool]


class Right(StrEnum):
    """What a profile gives on a whole object beyond reading."""

    CREATE = "create"
    EDIT = "edit"


class Access:
    """Field-level security of the org; standard and required fields are open unless ``hidden``.
    ``denied`` are the rights that were taken, by user and object."""

    def __init__(self, schema: Schema, store: Store) -> None:
        self._schema = schema
        self.hidden: frozenset[tuple[str, str]] = frozenset()
        self.denied: frozenset[tuple[str, str, Right]] = frozenset()
        self._permissions = store.table("FieldPermissions")
        self._assignments = store.table("PermissionSetAssignment")
        self._known: dict[str, _Grants] = {}
        self._versions = (-1, -1)

    def may(self, user_id: str, sobject: SObject, right: Right) -> bool:
        """Whether the user may do that to records of the object, if anybody may."""
        return (user_id, sobject.name, right) not in self.denied

    def can_read(self, user_id: str, sobject: SObject, field: Field) -> bool:
        """Whether the field exists as far as this user can tell."""
        if (sobject.name, field.name) in self.hidden:
            return False
        if not field.custom or field.required:
            return True
        return _governing(sobject, field) in self._grants(user_id)

    def can_edit(self, user_id: str, sobject: SObject, field: Field) -> bool:
        """Whether the user may set the field, if it can be set at all."""
        if (sobject.name, field.name) in self.hidden:
            return False
        if not field.custom or field.required:
            return True
        return self._grants(user_id).get(_governing(sobject, field), False)

    def readable(self, user_id: str, sobject: SObject) -> list[Field]:
        """The object's fields this user sees."""
        return [field for field in sobject.fields() if self.can_read(user_id, sobject, field)]

    def field(self, user_id: str, sobject: SObject, name: str) -> Field | None:
        """The field of that name, in any case, if this user sees it."""
        field = sobject.field(name)
        return field if field and self.can_read(user_id, sobject, field) else None

    def _grants(self, user_id: str) -> _Grants:
        versions = (self._permissions.version, self._assignments.version)
        if versions != self._versions:
            self._known.clear()
            self._versions = versions
        if user_id not in self._known:
            self._known[user_id] = self._collect(user_id)
        return self._known[user_id]

    def _collect(self, user_id: str) -> _Grants:
        grants: _Grants = {}
        for assigned in self._assignments.with_value("AssigneeId", user_id):
            for row in self._permissions.with_value("ParentId", assigned["PermissionSetId"]):
                if row["PermissionsRead"]:
                    key = (row["SobjectType"], row["Field"].partition(".")[2])
                    grants[key] = grants.get(key, False) or row["PermissionsEdit"]
        return grants


def _governing(sobject: SObject, field: Field) -> tuple[str, str]:
    """Whose permission decides: of a person account's fields the contact's own."""
    own = field.name.removesuffix("__pc")
    return ("Contact", f"{own}__c") if own != field.name else (sobject.name, field.name)
