"""Once a day: which promises of a first touch are at risk or missed, owner by owner."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from crmbridge.alert_settings import Digest
from crmbridge.core import fields as f
from crmbridge.core.ladder import WARN
from crmbridge.core.model import Owner, Ref, Stage
from crmbridge.core.sla import is_waiting
from crmbridge.core.standing import SlaStatus
from crmbridge.store import Transaction

_SHOWN = 15
"""People per owner that are listed one by one, the most urgent first."""
_TOO_LATE = timedelta(hours=3)
"""A daemon that was away for longer at that time of day leaves it to the next day."""

Page = Callable[[Ref], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A first touch that sales owes and is at risk or late with. ``name`` is empty unless names
    are wanted."""

    uid: str
    owner_id: str
    due: datetime
    late: bool
    record: Ref | None
    name: str = ""


def digest_due(settings: Digest, last: datetime | None, now: datetime) -> tuple[bool, bool]:
    """Whether the time of day has come that was not seen to yet, and whether there is anything to
    be sent for it: not long after, and not the day on which the digest was first switched on too
    late."""
    local = now.astimezone(settings.zone)
    moment = datetime.combine(local.date(), settings.at, settings.zone)
    if now < moment or local.isoweekday() not in settings.days:
        return False, False
    if last is not None and last >= moment:
        return False, False
    return True, now - moment <= _TOO_LATE


def owed(tx: Transaction, system: str, *, names: bool) -> list[Owed]:
    """Everyone at risk or late now, the most urgent first; ``system`` is that of sales. Its cost
    follows the number of MQLs."""
    found: dict[str, Owed] = {}
    for uid, standing in tx.people_in([Stage.MQL]):
        clock = standing.sla
        if clock is None or clock.is_paused or not is_waiting(clock):
            continue
        late = clock.status is SlaStatus.BREACHED
        if late or WARN in clock.alerted:
            found[uid] = Owed(
                uid=uid,
                owner_id=standing.sales_owner_id or clock.owner_id or "",
                due=clock.due,
                late=late,
                record=None,
            )
    records = tx.records_behind(found)
    each: list[Owed] = []
    for uid, item in found.items():
        own = [ref for ref in records.get(uid, ()) if ref.system == system]
        ref = own[0] if own else None
        each.append(
            Owed(
                uid=uid,
                owner_id=item.owner_id,
                due=item.due,
                late=item.late,
                record=ref,
                name=_name(tx, ref) if names and ref is not None else "",
            )
        )
    return sorted(each, key=lambda item: (item.due, item.uid))


def _name(tx: Transaction, ref: Ref) -> str:
    record = tx.record(ref)
    if record is None:
        return ""
    words = (record.fields.get(f.FIRST_NAME), record.fields.get(f.LAST_NAME))
    return " ".join(str(each) for each in words if each)


def recipients(found: Collection[Owed], owners: Mapping[str, Owner]) -> list[Owner]:
    """The managers of those who owe something, each once, as far as their address is known."""
    managers = {
        owner.manager_id
        for each in found
        if (owner := owners.get(each.owner_id)) is not None and owner.manager_id
    }
    known = [owners[each] for each in sorted(managers) if each in owners]
    return [each for each in known if each.active and each.email]


def of_manager(found: Iterable[Owed], owners: Mapping[str, Owner], manager: str) -> list[Owed]:
    """Those whose owner reports to this manager."""
    return [
        each
        for each in found
        if (owner := owners.get(each.owner_id)) is not None and owner.manager_id == manager
    ]


def written(
    found: Collection[Owed],
    owners: Mapping[str, Owner],
    page: Page,
    zone: ZoneInfo,
    *,
    names: bool,
) -> str:
    """The digest as text with the times of ``zone``, owner by owner, those with most missed first;
    empty where there is nothing to tell."""
    by_owner: dict[str, list[Owed]] = {}
    for each in found:
        by_owner.setdefault(each.owner_id, []).append(each)
    groups = sorted(
        by_owner.items(), key=lambda group: (-sum(each.late for each in group[1]), group[0])
    )
    late = sum(each.late for each in found)
    lines = [f"{late} missed, {len(found) - late} at risk. Times are those of {zone.key}."]
    for owner_id, items in groups if found else ():
        missed = sum(each.late for each in items)
        owner = owners.get(owner_id)
        lines += ["", f"{_owner(owner, owner_id, page, names=names)}: {missed} missed, "]
        lines[-1] += f"{len(items) - missed} at risk"
        lines += _people(items, page, zone)
    return "\n".join(lines) if found else ""


def _owner(owner: Owner | None, owner_id: str, page: Page, *, names: bool) -> str:
    if owner is None:
        return owner_id or "nobody"
    label = owner.name if names else owner.ref.id
    address = page(owner.ref)
    return f"{label} {address}" if address else label


def _people(items: Collection[Owed], page: Page, zone: ZoneInfo) -> Iterator[str]:
    for each in list(items)[:_SHOWN]:
        what = "missed, was due" if each.late else "at risk, due"
        address = page(each.record) if each.record is not None else None
        who = " ".join(part for part in (each.name or each.uid, address) if part)
        yield f"- {what} {each.due.astimezone(zone):%a %d %b %H:%M}: {who}"
    if len(items) > _SHOWN:
        yield f"- and {len(items) - _SHOWN} more"
