"""Brings crmbridge's fields into an org and lets the right people see them, and takes them away.

A field made through the API is invisible, even to its maker, until a permission set grants it
(contract §14). Two are made: one for the integration user, assigned at once, and one for sales
people, which the org's admin assigns: whoever works leads needs it to say why they let go.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from crmbridge.errors import ConfigError, RejectedRecord
from crmbridge.marking import marked_version
from crmbridge.ports import SetupItem, SetupState, SetupStep, Tell
from crmbridge_salesforce.client import SalesforceClient
from crmbridge_salesforce.errors import row_refusal
from crmbridge_salesforce.fetching import Fetcher
from crmbridge_salesforce.installed import (
    FIELD_PATH,
    FoundSet,
    Installed,
    field_entries,
    read_installed,
    read_metadata,
)
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.metadata import (
    INTEGRATION_SET,
    PERMISSION_SETS,
    PermissionSet,
    brought_up_to_date,
    field_metadata,
)
from crmbridge_salesforce.owned import OwnedField
from crmbridge_salesforce.setup_plan import missing_grants, plan

_ROWS: Final = 200
_TO_DO: Final = (SetupState.MISSING, SetupState.DIFFERENT)


@dataclass(slots=True, kw_only=True)
class _Work:
    """What is there while it is being set up: permission sets, and fields by object and name."""

    sets: dict[str, FoundSet]
    fields: set[tuple[str, str]]


class Setup:
    """Inspects, provisions and clears one org."""

    def __init__(self, client: SalesforceClient, fetcher: Fetcher, layout: Layout) -> None:
        self._client = client
        self._fetcher = fetcher
        self._layout = layout
        self._fields = tuple(layout.owned())

    def inspect(self) -> list[SetupItem]:
        """Every field, permission set, assignment and click, as it is and as it should be."""
        return plan(self._layout, self._installed(), self._client.login().user_id)

    def _installed(self) -> Installed:
        return read_installed(self._client, field_entries(self._fields))

    def provision(self, tell: Tell, only: Collection[str] | None) -> list[SetupStep]:
        """Make what is missing or different; what was done. Fields first, because permissions
        cannot name what is not there."""
        found = self._installed()
        work = _Work(sets=dict(found.sets), fields=set(found.fields))
        steps: list[SetupStep] = []
        for item in plan(self._layout, found, self._client.login().user_id):
            if item.state in _TO_DO and (only is None or item.name in only):
                steps.append(SetupStep(item=item, failure=_attempt(self._act(item, found, work))))
                tell(steps[-1])
        self._fetcher.forget_schema()
        return steps

    def _act(self, item: SetupItem, found: Installed, work: _Work) -> Callable[[], None]:
        for permission_set in PERMISSION_SETS:
            if item.name == permission_set.name:
                return partial(self._grant, permission_set, work)
        for entity, field in self._fields:
            if item.name == f"{entity}.{field.name}":
                known = found.fields.get((entity, field.name))
                if known is not None:
                    return partial(self._change_field, known.id, field)
                return partial(self._make_field, entity, field, work)
        return partial(self._assign, work)

    def _make_field(self, entity: str, field: OwnedField, work: _Work) -> None:
        body = {"FullName": f"{entity}.{field.name}", "Metadata": field_metadata(field)}
        try:
            self._client.define("POST", FIELD_PATH, body)
        except RejectedRecord:
            if not (field.unique and entity == "Activity"):
                raise
            # Not every org takes an external key on activities; without one tasks are looked
            # for before they are made.
            body["Metadata"] = field_metadata(replace(field, unique=False))
            self._client.define("POST", FIELD_PATH, body)
        work.fields.add((entity, field.name))

    def _change_field(self, field_id: str, field: OwnedField) -> None:
        metadata = brought_up_to_date(read_metadata(self._client, field_id), field)
        self._client.define("PATCH", f"{FIELD_PATH}/{field_id}", {"Metadata": metadata})

    def _grant(self, permission_set: PermissionSet, work: _Work) -> None:
        known = work.sets.get(permission_set.name)
        texts = {"Label": permission_set.label, "Description": permission_set.description}
        if known is None:
            (set_id,) = self._write(
                "POST", "PermissionSet", [{"Name": permission_set.name, **texts}]
            )
            work.sets[permission_set.name] = FoundSet(
                id=set_id, label="", description="", grants={}, assigned={}
            )
        else:
            set_id = known.id
            self._client.call("PATCH", f"sobjects/PermissionSet/{set_id}", texts)
        present = [entry for entry in self._fields if (entry[0], entry[1].name) in work.fields]
        wanted = permission_set.grants(present)
        if known is not None:
            wanted = missing_grants(wanted, known)
        held = known.grants if known is not None else {}
        self._write(
            "POST",
            "FieldPermissions",
            [
                {
                    "ParentId": set_id,
                    "SobjectType": name.partition(".")[0],
                    "Field": name,
                    "PermissionsRead": True,
                    "PermissionsEdit": edit,
                }
                for name, edit in wanted.items()
                if name not in held
            ],
        )
        self._write(
            "PATCH",
            "FieldPermissions",
            [
                {"id": held[name][0], "PermissionsEdit": edit}
                for name, edit in wanted.items()
                if name in held
            ],
        )

    def _assign(self, work: _Work) -> None:
        known = work.sets.get(INTEGRATION_SET.name)
        if known is None:
            raise ConfigError("the permission set is not there")
        row = {"PermissionSetId": known.id, "AssigneeId": self._client.login().user_id}
        self._write("POST", "PermissionSetAssignment", [row])

    def _write(self, method: str, sobject: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        """The ids of the records; raises ``ConfigError`` where one is refused."""
        ids: list[str] = []
        for start in range(0, len(rows), _ROWS):
            batch = [
                {"attributes": {"type": sobject}, **row} for row in rows[start : start + _ROWS]
            ]
            body = {"allOrNone": False, "records": batch}
            for result in self._client.call(method, "composite/sobjects", body):
                if not result["success"]:
                    refusal = row_refusal(result["errors"])
                    raise ConfigError(f"salesforce: set up {sobject}: {refusal}")
                ids.append(str(result["id"]))
        return ids

    def removable(self) -> list[SetupItem]:
        """Every field and permission set that bears our mark."""
        found = self._installed()
        items = [
            SetupItem(kind="permission set", name=name, before={"label": each.label}, after={})
            for name, each in found.sets.items()
            if marked_version(each.description) is not None
        ]
        items += [
            SetupItem(
                kind="field",
                name=f"{entity}.{name}",
                before={"label": each.label, "type": each.type},
                after={},
            )
            for (entity, name), each in sorted(found.fields.items())
            if marked_version(each.description) is not None
        ]
        return items

    def remove(self, names: Collection[str], tell: Tell) -> list[SetupStep]:
        """Permission sets and their assignments first, then fields."""
        found = self._installed()
        steps: list[SetupStep] = []
        for item in self.removable():
            if item.name not in names:
                continue
            known = found.sets.get(item.name)
            if known is not None:
                paths = [
                    *(
                        f"sobjects/PermissionSetAssignment/{each}"
                        for each in known.assigned.values()
                    ),
                    f"sobjects/PermissionSet/{known.id}",
                ]
            else:
                entity, _, name = item.name.partition(".")
                paths = [f"{FIELD_PATH}/{found.fields[entity, name].id}"]
            failure = _attempt(partial(self._delete, paths))
            steps.append(SetupStep(item=item, failure=failure))
            tell(steps[-1])
        self._fetcher.forget_schema()
        return steps

    def _delete(self, paths: Sequence[str]) -> None:
        for path in paths:
            self._client.define("DELETE", path, None)


def _attempt(act: Callable[[], None]) -> str:
    """Do it; why it was refused, empty where it was not."""
    try:
        act()
    except (RejectedRecord, ConfigError) as error:
        return f"{error} ({error.detail})" if error.detail else str(error)
    return ""
