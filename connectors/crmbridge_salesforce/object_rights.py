"""What the integration user may do with whole objects, told by what each right is needed for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from crmbridge.core.model import ObjectType
from crmbridge.findings import Finding, error, unseen
from crmbridge_salesforce.client import SalesforceClient, Subrequest
from crmbridge_salesforce.errors import MISFITS, as_error
from crmbridge_salesforce.mapping import OBJECT_TYPES
from crmbridge_salesforce.records import SYSTEM


class Right(StrEnum):
    """What a profile or permission set gives on an object."""

    READ = "read"
    EDIT = "edit"
    CREATE = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One right on one object, and what crmbridge needs it for."""

    sobject: str
    right: Right
    purpose: str


Rights = Mapping[str, frozenset[Right]]
"""Object → what the integration user may do with it; none where it is not even seen."""

_NEEDS: Final = (
    Need(sobject="Lead", right=Right.READ, purpose="to follow people"),
    Need(sobject="Lead", right=Right.EDIT, purpose="to show stage, score and promise"),
    Need(sobject="Lead", right=Right.CREATE, purpose="to hand over new MQLs"),
    Need(sobject="Contact", right=Right.READ, purpose="to follow people"),
    Need(sobject="Contact", right=Right.EDIT, purpose="to show stage, score and promise"),
    Need(sobject="Account", right=Right.READ, purpose="to know industry, employees and country"),
    Need(sobject="Opportunity", right=Right.READ, purpose="to see deals won and lost"),
    Need(sobject="OpportunityContactRole", right=Right.READ, purpose="to tell whose deal it is"),
    Need(sobject="Task", right=Right.READ, purpose="to see calls and mails as touches"),
    Need(sobject="Task", right=Right.EDIT, purpose="to alert"),
    Need(sobject="Task", right=Right.CREATE, purpose="to alert"),
    Need(sobject="Event", right=Right.READ, purpose="to see meetings as touches"),
    Need(sobject="User", right=Right.READ, purpose="to know owners and managers"),
    Need(sobject="CampaignMember", right=Right.READ, purpose="to see responses to campaigns"),
)
_PRIVATE: Final = Need(
    sobject="Account",
    right=Right.EDIT,
    purpose="to show stage, score and promise on private people",
)
"""Needed only where the org has person accounts, which are written through the account."""
_SPARED: Final = frozenset({"CampaignMember"})
"""What crmbridge does without where it is not seen."""
_CREATED: Final = frozenset({"Lead"})
"""Objects of which records are created only where the rule book says so."""
_GOVERNED_BY: Final = {"OpportunityContactRole": "Opportunity", "CampaignMember": "Campaign"}
"""Objects whose rights are those of another. Salesforce Help, *Object Permissions*."""
_ACTIVITIES: Final = frozenset({"Task", "Event"})
"""Objects without rights of their own: two permissions of the user stand for them."""


def read_rights(client: SalesforceClient) -> Rights:
    """What the org's short descriptions say; one call. Contract §5."""
    names = list(dict.fromkeys(each.sobject for each in _NEEDS))
    answers = client.composite([Subrequest(url=f"{client.root}/sobjects/{name}") for name in names])
    rights: dict[str, frozenset[Right]] = {}
    for name, answer in zip(names, answers, strict=True):
        if answer.refusal is None:
            rights[name] = frozenset(_given(answer.body["objectDescribe"]))
        elif answer.refusal.code in {*MISFITS, "NOT_FOUND"}:
            rights[name] = frozenset()
        else:
            raise as_error(answer.refusal, f"describe {name}")
    return rights


def examine_rights(rights: Rights, creates: Collection[ObjectType]) -> Iterator[Finding]:
    """What is lacking, one finding for each object; ``creates`` are the types of which the rule
    book has crmbridge create records."""
    for sobject, given in rights.items():
        lacking = [
            each
            for each in _NEEDS
            if each.sobject == sobject
            and each.right not in given
            and (
                each.right is not Right.CREATE
                or sobject not in _CREATED
                or OBJECT_TYPES[sobject] in creates
            )
        ]
        if lacking:
            yield _finding(sobject, lacking)


def examine_private(rights: Rights) -> Iterator[Finding]:
    """What is lacking besides in an org that has person accounts."""
    if _PRIVATE.right not in rights[_PRIVATE.sobject]:
        yield _finding(_PRIVATE.sobject, [_PRIVATE])


def are_readable(rights: Rights) -> bool:
    """Whether every object is seen without which the org cannot be described."""
    return all(Right.READ in given for name, given in rights.items() if name not in _SPARED)


def _given(described: Mapping[str, Any]) -> Iterator[Right]:
    for right, key in (
        (Right.READ, "queryable"),
        (Right.EDIT, "updateable"),
        (Right.CREATE, "createable"),
    ):
        if described.get(key) is True:
            yield right


def _finding(sobject: str, lacking: Sequence[Need]) -> Finding:
    tell = unseen if sobject in _SPARED else error
    return tell("permissions", SYSTEM, _says(sobject, lacking), _remedy(sobject, lacking))


def _says(sobject: str, lacking: Sequence[Need]) -> str:
    rights = _joined([each.right for each in lacking])
    purposes = _joined(list(dict.fromkeys(each.purpose for each in lacking)))
    return f"the integration user may not {rights} {sobject}, needed {purposes}"


def _remedy(sobject: str, lacking: Sequence[Need]) -> str:
    rights = {each.right for each in lacking}
    where = "in its profile or a permission set"
    if sobject in _ACTIVITIES:
        named = ["*Access Activities*"] if Right.READ in rights else []
        named += ["*Edit Tasks*"] if rights - {Right.READ} else []
        return f"give the integration user the permission {_joined(named)}, {where}"
    wanted = _joined([each.right.capitalize() for each in lacking])
    return f"give the integration user {wanted} on {_GOVERNED_BY.get(sobject, sobject)}, {where}"


def _joined(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
