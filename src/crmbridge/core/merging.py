"""Fields that people edit in both CRMs: a three-way comparison with what was last agreed.

Whose edit it was is known because every value that was merged or acknowledged is kept as the base
of its record. What the clocks cannot tell apart is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from crmbridge.core import fields as f
from crmbridge.core.handoff_rules import FieldRule
from crmbridge.core.model import Ref, Side, SideView, Value
from crmbridge.core.view import PersonView

TOLERANCE = timedelta(minutes=10)
"""How far the clocks of two CRMs may differ. Edits that lie closer have no order."""

CONFLICT = "field_conflict:"
"""Begins the kind of a review that asks which of two edits counts."""

_NEEDED = frozenset({f.LAST_NAME, f.COMPANY})
"""What no sales record can be without."""

_OWNER: Mapping[FieldRule, Side] = {
    FieldRule.SALES: Side.SALES,
    FieldRule.SALES_UNLESS_BLANK: Side.SALES,
    FieldRule.MARKETING: Side.MARKETING,
    FieldRule.MARKETING_UNLESS_BLANK: Side.MARKETING,
}
_ALWAYS = frozenset({FieldRule.SALES, FieldRule.MARKETING})
_OTHER = {Side.SALES: Side.MARKETING, Side.MARKETING: Side.SALES}


class Verdict(StrEnum):
    """What is to become of one field."""

    EQUAL = "equal"
    ADOPT = "adopt"
    LEAVE = "leave"
    WRITE = "write"
    ASK = "ask"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """One field of one person: what both CRMs show, and what is to become of it.

    WRITE puts ``value`` into ``target``; where ``reverts`` is set an edit there is undone by
    that. ADOPT takes the difference for the starting point, LEAVE is a difference that was
    agreed upon. ASK is two edits that only people can judge; ``wonders`` are the records of
    which it would help to know when the field was edited.
    """

    field: str
    verdict: Verdict
    why: str = ""
    target: Side | None = None
    value: Value = None
    reverts: bool = False
    wonders: tuple[Ref, ...] = ()


def merge(view: PersonView, rules: Mapping[str, FieldRule]) -> list[Merge]:
    """What is to become of every mapped field of a person; of one whom only one CRM has, what it
    shows is the starting point."""
    shown = {side: each for side in Side if (each := view.side(side)) and each.writable}
    return [
        _merge(view, shown, name, rule)
        if len(shown) == len(Side)
        else Merge(field=name, verdict=Verdict.ADOPT)
        for name, rule in rules.items()
        if shown and all(name in each.record.fields for each in shown.values())
    ]


def agreed(view: PersonView, merges: Iterable[Merge]) -> dict[Ref, dict[str, Value]]:
    """Record → the values that are to be its base from now on, where they are not yet."""
    found: dict[Ref, dict[str, Value]] = {}
    for each in merges:
        if each.verdict not in (Verdict.EQUAL, Verdict.ADOPT):
            continue
        for side in Side:
            shown = view.side(side)
            if shown is None or not shown.writable:
                continue
            value = shown.record.fields.get(each.field)
            if each.field not in shown.base or shown.base[each.field] != value:
                found.setdefault(shown.record.ref, {})[each.field] = value
    return found


def _merge(view: PersonView, shown: Mapping[Side, SideView], name: str, rule: FieldRule) -> Merge:
    if _is_equal(view, shown, name):
        return Merge(field=name, verdict=Verdict.EQUAL)
    known = {side: name in each.base for side, each in shown.items()}
    edited = {
        side: each.base.get(name) != each.record.fields.get(name) for side, each in shown.items()
    }
    whole = name in view.mapped_whole
    if not all(known.values()):
        if not (whole or _is_new(view, shown, name)):
            return Merge(field=name, verdict=Verdict.ADOPT)
        edited = dict.fromkeys(edited, True)
    elif not any(edited.values()):
        if not whole:
            return Merge(field=name, verdict=Verdict.LEAVE)
        edited = dict.fromkeys(edited, True)
    return _judge(view, shown, name, rule, edited)


def _is_equal(view: PersonView, shown: Mapping[Side, SideView], name: str) -> bool:
    """Whether one CRM would show the other's value just so."""
    return any(
        _held(view, shown, side, name, shown[_OTHER[side]].record.fields.get(name))
        == shown[side].record.fields.get(name)
        for side in shown
    )


def _held(
    view: PersonView, shown: Mapping[Side, SideView], side: Side, name: str, value: Value
) -> Value:
    return view.surfaces[side].project(shown[side].record.ref.object_type, name, value)


def _is_new(view: PersonView, shown: Mapping[Side, SideView], name: str) -> bool:
    """Whether one of the records came into being after the field was mapped."""
    since = view.mapped_since.get(name)
    born = [each.record.created_at for each in shown.values()]
    return since is not None and any(at is not None and at >= since for at in born)


def _judge(
    view: PersonView,
    shown: Mapping[Side, SideView],
    name: str,
    rule: FieldRule,
    edited: Mapping[Side, bool],
) -> Merge:
    both = all(edited.values())
    only = next(side for side in edited if edited[side])
    values = {side: each.record.fields.get(name) for side, each in shown.items()}
    owner = _OWNER.get(rule)
    if owner is not None and rule in _ALWAYS:
        reverts = edited[_OTHER[owner]]
        why = f"the {owner} CRM decides {name}"
        return _write(view, shown, name, owner, why, reverts=reverts)
    if owner is not None:
        winner = owner if both else only
        if values[winner] is None:
            winner = _OTHER[winner]
        why = f"of two edits of {name} the {owner} CRM's counts, a blank never"
        return _write(view, shown, name, winner, why if both else _one(name, only))
    if not both:
        return _write(view, shown, name, only, _one(name, only))
    if rule is FieldRule.NEWEST:
        return _newest(view, shown, name)
    return Merge(field=name, verdict=Verdict.ASK, why=f"{name} was edited in both CRMs")


def _one(name: str, side: Side) -> str:
    return f"{name} was edited in the {side} CRM"


def _newest(view: PersonView, shown: Mapping[Side, SideView], name: str) -> Merge:
    """The later edit counts, where both instants are known and further apart than clocks are."""
    at: dict[Side, datetime] = {}
    wonders: list[Ref] = []
    for side, each in shown.items():
        edit = view.edits.get(side, {}).get(name)
        if edit is None:
            wonders.append(each.record.ref)
        elif edit.at is not None:
            at[side] = edit.at
    if len(at) == len(shown):
        later = max(shown, key=lambda side: at[side])
        if at[later] - at[_OTHER[later]] > TOLERANCE:
            why = f"the later edit of {name} counts, of {at[later]:%Y-%m-%d %H:%M} UTC"
            return _write(view, shown, name, later, why)
    why = f"{name} was edited in both CRMs, and which was later cannot be told"
    return Merge(field=name, verdict=Verdict.ASK, why=why, wonders=tuple(wonders))


def _write(
    view: PersonView,
    shown: Mapping[Side, SideView],
    name: str,
    winner: Side,
    why: str,
    *,
    reverts: bool = False,
) -> Merge:
    """Give the other CRM the winner's value, if it can take it."""
    target = _OTHER[winner]
    record = shown[target].record
    value = shown[winner].record.fields.get(name)
    writable = name in view.surfaces[target].writable(record.ref.object_type)
    empties = value is None and target is Side.SALES and name in _NEEDED
    if empties or not writable:
        return Merge(field=name, verdict=Verdict.LEAVE)
    return Merge(
        field=name,
        verdict=Verdict.WRITE,
        why=why,
        target=target,
        value=_held(view, shown, target, name, value),
        reverts=reverts,
    )
