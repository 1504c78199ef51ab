"""Whose every field is that crmbridge may write: owner, direction, edits and blanks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from crmbridge.core import fields as f
from crmbridge.core.handoff_rules import FieldRule
from crmbridge.core.rules import Rules

_BOTH = "to both CRMs"
_PUT_RIGHT = "an edit is put right and journalled"
_BLANK = "a blank means that there is none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """One field: its ``owner`` (crmbridge, the marketing or sales CRM, or both), in which
    ``direction`` it is written, what becomes of an ``edit``, and what a ``blank`` means."""

    field: str
    owner: str
    direction: str
    edit: str
    blank: str


_MAPPED: Mapping[FieldRule, tuple[str, str, str, str]] = {
    FieldRule.SALES: (
        "sales",
        "from the sales to the marketing CRM",
        "an edit in the marketing CRM is put right and journalled",
        "a blank in the sales CRM empties the other",
    ),
    FieldRule.SALES_UNLESS_BLANK: (
        "sales",
        "both ways",
        "an edit goes to the other CRM; of two, the sales CRM's counts",
        "a blank never replaces a value; it is filled from the other",
    ),
    FieldRule.MARKETING: (
        "marketing",
        "from the marketing to the sales CRM",
        "an edit in the sales CRM is put right and journalled",
        "a blank in the marketing CRM empties the other, but for what a lead needs",
    ),
    FieldRule.MARKETING_UNLESS_BLANK: (
        "marketing",
        "both ways",
        "an edit goes to the other CRM; of two, the marketing CRM's counts",
        "a blank never replaces a value; it is filled from the other",
    ),
    FieldRule.NEWEST: (
        "both",
        "both ways",
        "an edit goes to the other CRM; of two the later counts, or it is asked",
        "emptying a field is an edit like any other",
    ),
    FieldRule.ASK: (
        "both",
        "both ways",
        "an edit goes to the other CRM; two are asked about",
        "emptying a field is an edit like any other",
    ),
}


def ownership(rules: Rules) -> list[Ownership]:
    """Every field that may be written under these rules, crmbridge's own first."""
    found = [_own(name, _BOTH) for name in (f.UID, *f.WRITTEN)]
    found.append(_own(f.INSIGHT, "to the sales CRM"))
    stages = rules.stages
    for name, table, where in (
        (f.LIFECYCLE, stages.lifecycle, "to the marketing CRM"),
        (f.LEAD_STATUS, stages.lead_status, "to the marketing CRM"),
        (f.STATUS, stages.sales_status, "to the sales CRM"),
    ):
        if table:
            named = ", ".join(stage.value for stage in table)
            found.append(
                Ownership(
                    field=name,
                    owner="crmbridge",
                    direction=f"{where}, in the stages {named}",
                    edit=f"read as what the person did, else {_PUT_RIGHT}",
                    blank="never written",
                )
            )
    found += [
        Ownership(
            field=f.OPTED_OUT,
            owner="both",
            direction="both ways",
            edit="an objection in either CRM is one in both; only the person lifts it",
            blank="no objection",
        ),
        Ownership(
            field=f.MEMBERS,
            owner="crmbridge",
            direction="nurture lists in the marketing CRM",
            edit="somebody added by hand is taken off, somebody taken off by hand stays off",
            blank="on no list",
        ),
        Ownership(
            field=f.OWNER_ID,
            owner="sales",
            direction="to the sales CRM, of a new lead and where the ladder reassigns one",
            edit="accepted",
            blank="the org's assignment rule decides",
        ),
    ]
    for name, rule in rules.handoff.mapping.items():
        owner, direction, edit, blank = _MAPPED[rule]
        found.append(
            Ownership(field=name, owner=owner, direction=direction, edit=edit, blank=blank)
        )
    return found


def _own(name: str, direction: str) -> Ownership:
    return Ownership(
        field=name, owner="crmbridge", direction=direction, edit=_PUT_RIGHT, blank=_BLANK
    )
