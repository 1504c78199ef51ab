"""What crmbridge needs in a portal, and creating it: property groups, properties, lists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from crmbridge.errors import RejectedRecord
from crmbridge.marking import marked_version, why_untouchable
from crmbridge.ports import SetupItem, SetupState, SetupStep, Tell
from crmbridge_hubspot.client import HubSpotClient
from crmbridge_hubspot.lists import MANUAL, NurtureLists, create_list
from crmbridge_hubspot.owned import GROUP, GROUP_LABEL, OWNED, Owned, definition, described

_BATCH: Final = 100
_AGAIN: Final = "then run `crmbridge setup apply`"


class Setup:
    """Inspects and provisions one portal."""

    def __init__(self, client: HubSpotClient, lists: NurtureLists) -> None:
        self._client = client
        self._lists = lists

    def inspect(self, lists: Mapping[str, str]) -> list[SetupItem]:
        """Every needed group, property and list; five calls."""
        items: list[SetupItem] = []
        for path in dict.fromkeys(each.path for each in OWNED):
            owned = [each for each in OWNED if each.path == path]
            present = _by_name(self._client, path)
            items.append(self._group_item(owned[0]))
            items += [_property_item(each, present.get(each.name)) for each in owned]
        self._lists.look()
        return items + [_list_item(self._lists, name) for name in sorted(lists)]

    def _group_item(self, of: Owned) -> SetupItem:
        found = _by_name(self._client, f"{of.path}/groups").get(GROUP)
        return SetupItem(
            kind="property group",
            name=f"{of.object}.{GROUP}",
            before=None if found is None else {},
            after={} if found else {"label": GROUP_LABEL},
        )

    def provision(
        self, lists: Mapping[str, str], tell: Tell, only: Collection[str] | None
    ) -> list[SetupStep]:
        """Make what is missing or different; what was done."""
        wanted = [
            item
            for item in self.inspect(lists)
            if item.state in (SetupState.MISSING, SetupState.DIFFERENT)
            and (only is None or item.name in only)
        ]
        steps: list[SetupStep] = []

        def done(item: SetupItem, failure: str = "") -> None:
            steps.append(SetupStep(item=item, failure=failure))
            tell(steps[-1])

        rows = {each.title: each for each in OWNED}
        missing = [each for each in wanted if each.state is SetupState.MISSING]
        for item in missing:
            if item.kind == "property group":
                path = next(each.path for each in OWNED if item.name.startswith(f"{each.object}."))
                done(item, self._try("POST", f"{path}/groups", _GROUP_BODY))
        for path in dict.fromkeys(each.path for each in OWNED):
            new = [each for each in missing if each.name in rows and rows[each.name].path == path]
            failures = self._create([rows[each.name] for each in new])
            for item in new:
                done(item, failures.get(item.name, ""))
        for item in wanted:
            if item.kind == "list":
                done(item, self._create_list(item.name))
            elif item.state is SetupState.DIFFERENT:
                owned = rows[item.name]
                body = {
                    key: value
                    for key, value in definition(owned).items()
                    if key in ("label", "description")
                }
                body["hidden"] = False
                done(item, self._try("PATCH", f"{owned.path}/{owned.name}", body))
        return steps

    def _create(self, rows: Sequence[Owned]) -> dict[str, str]:
        """Create properties of one object; title → why one could not be. A batch that is refused
        as a whole is tried property by property."""
        failures: dict[str, str] = {}
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            path = batch[0].path
            body = {"inputs": [definition(each) for each in batch]}
            try:
                reply = self._client.post(f"{path}/batch/create", body)
            except RejectedRecord:
                for each in batch:
                    failures[each.title] = self._try("POST", path, definition(each))
            else:
                made = {item.get("name") for item in reply.body.get("results") or ()}
                for each in batch:
                    if each.name not in made:
                        # The batch says which, a call of its own says why.
                        failures[each.title] = self._try("POST", path, definition(each))
        return failures

    def _create_list(self, name: str) -> str:
        try:
            create_list(self._client, name)
        except RejectedRecord as error:
            return _why(error)
        return ""

    def removable(self) -> list[SetupItem]:
        """Our groups, and the properties that bear our mark."""
        items: list[SetupItem] = []
        for path in dict.fromkeys(each.path for each in OWNED):
            owned = [each for each in OWNED if each.path == path]
            present = _by_name(self._client, path)
            found = [(each.title, present[each.name]) for each in owned if each.name in present]
            items += [
                SetupItem(kind="property", name=title, before=described(each), after={})
                for title, each in found
                if marked_version(str(each.get("description") or "")) is not None
            ]
            group = self._group_item(owned[0])
            if group.present:
                items.append(replace(group, after={}))
        return items

    def remove(self, names: Collection[str], tell: Tell) -> list[SetupStep]:
        """Properties before their group, which cannot go before it is empty."""
        rows = {each.title: each for each in OWNED}
        steps: list[SetupStep] = []
        items = [each for each in self.removable() if each.name in names]
        for item in items:
            if item.name in rows:
                owned = rows[item.name]
                failure = self._try("DELETE", f"{owned.path}/{owned.name}")
            else:
                path = next(each.path for each in OWNED if item.name.startswith(f"{each.object}."))
                failure = self._try("DELETE", f"{path}/groups/{GROUP}")
            steps.append(SetupStep(item=item, failure=failure))
            tell(steps[-1])
        return steps

    def _try(self, method: str, path: str, body: Any = None) -> str:
        try:
            self._client.call(method, path, body=body)
        except RejectedRecord as error:
            return _why(error)
        return ""


_GROUP_BODY: Final = {"name": GROUP, "label": GROUP_LABEL}


def _why(error: RejectedRecord) -> str:
    return f"{error} ({error.detail})" if error.detail else str(error)


def _by_name(client: HubSpotClient, path: str) -> dict[str, dict[str, Any]]:
    return {item["name"]: item for item in client.get(path).body.get("results") or ()}


def _property_item(owned: Owned, found: Mapping[str, Any] | None) -> SetupItem:
    problem, remedy = _misfit(owned, found) if found is not None else ("", "")
    return SetupItem(
        kind="property",
        name=owned.title,
        before=described(found) if found is not None else None,
        after=described(definition(owned)),
        problem=problem,
        remedy=remedy,
    )


def _misfit(owned: Owned, found: Mapping[str, Any]) -> tuple[str, str]:
    """Why a property of that name cannot serve or is not ours, and the remedy."""
    where = "in HubSpot under Settings > Properties"
    if found.get("type") != owned.kind.value:
        return (
            f"is of type {found.get('type')}, not {owned.kind.value}",
            f"rename or delete it {where}, {_AGAIN}",
        )
    if owned.unique and not found.get("hasUniqueValue"):
        return "does not have unique values", f"delete it {where}, {_AGAIN}"
    problem, remedy = why_untouchable(str(found.get("description") or ""))
    return problem, f"{where}: {remedy}" if remedy else ""


def _list_item(known: NurtureLists, name: str) -> SetupItem:
    label, unfit = known.label(name), known.unfit(name)
    after = {"processing type": MANUAL}
    if label is not None:
        note = f"is called {label!r} in HubSpot" if label != name else ""
        return SetupItem(kind="list", name=name, before=after, after=after, note=note)
    if unfit:
        return SetupItem(
            kind="list",
            name=name,
            before={"processing type": unfit},
            after=after,
            problem=f"is {unfit}, not {MANUAL}",
            remedy=f"give it another name in HubSpot, {_AGAIN}",
        )
    return SetupItem(kind="list", name=name, before=None, after=after)
