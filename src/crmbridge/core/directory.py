"""Who can be told: users of a CRM by name, their managers, and whether they are there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from crmbridge.core.model import Owner, OwnerKind
from crmbridge.core.sla_rules import Calendar, SlaRules


def named(owners: Mapping[str, Owner], name: str | None) -> Owner | None:
    """The owner with this id, name or e-mail, in any case."""
    if name is None:
        return None
    folded = name.casefold()
    for owner in owners.values():
        if folded in _names(owner):
            return owner
    return None


def _names(owner: Owner) -> tuple[str, ...]:
    return owner.ref.id.casefold(), owner.name.casefold(), (owner.email or "").casefold()


def days_off(owner: Owner, rules: SlaRules) -> frozenset[date]:
    """The owner's own days off."""
    found = (rules.days_off.get(name) for name in _names(owner))
    return frozenset().union(*(days for days in found if days))


def is_there(owner: Owner | None, rules: SlaRules, at: datetime) -> bool:
    """Whether a task would reach a human being at ``at``: active, and not on a day off."""
    if owner is None or owner.kind is not OwnerKind.HUMAN or not owner.active:
        return False
    _, zone, _ = calendar_of(owner, rules)
    return at.astimezone(own_zone(owner, zone)).date() not in days_off(owner, rules)


def calendar_of(owner: Owner | None, rules: SlaRules) -> tuple[Calendar, ZoneInfo, bool]:
    """The calendar and zone that bind ``owner``, and whether a human owner settled them."""
    default = rules.calendars[rules.default_calendar]
    if owner is None or owner.kind is not OwnerKind.HUMAN:
        return default, default.zone, False
    name = rules.zones.get(owner.time_zone or "")
    if name is None:
        return default, default.zone, True
    calendar = rules.calendars[name]
    zone = ZoneInfo(owner.time_zone or "") if rules.own_zone else calendar.zone
    return calendar, zone, True


def own_zone(owner: Owner | None, fallback: ZoneInfo) -> ZoneInfo:
    """The zone in which the owner lives, as far as the CRM and this machine know it."""
    if owner is None or not owner.time_zone:
        return fallback
    try:
        return ZoneInfo(owner.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # CRMs know zones that the IANA data of this machine has dropped or never had.
        return fallback
