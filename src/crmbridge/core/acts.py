"""Whose act it was: only what a human in sales did is a touch."""

from __future__ import annotations

from fnmatch import fnmatchcase

from crmbridge.core.facts import TouchDetail
from crmbridge.core.model import Owner, OwnerKind, Side
from crmbridge.core.sla_rules import SlaRules
from crmbridge.core.view import PersonView


def is_human(view: PersonView, rules: SlaRules, user_id: str) -> bool:
    """Whether sales user ``user_id`` is a person, as far as anyone knows.

    A user the directory does not know counts as one: an unknown rep must not be told that
    they did nothing.
    """
    if user_id in view.our_users:
        return False
    owner = view.owners.get(Side.SALES, {}).get(user_id)
    if owner is None:
        return True
    return owner.kind is OwnerKind.HUMAN and not is_listed(owner, rules.automation_users)


def is_touch(view: PersonView, rules: SlaRules, detail: TouchDetail) -> bool:
    """Whether a completed activity counts as a human act towards the person."""
    if detail.automated or _matches(detail.subject, rules.automation_subjects):
        return False
    return is_human(view, rules, detail.by)


def is_listed(owner: Owner, globs: tuple[str, ...]) -> bool:
    """Whether the owner's name, e-mail address or id matches one of the globs."""
    return any(_matches(text, globs) for text in (owner.name, owner.email or "", owner.ref.id))


def _matches(text: str, globs: tuple[str, ...]) -> bool:
    folded = text.casefold()
    return bool(folded) and any(fnmatchcase(folded, glob) for glob in globs)
