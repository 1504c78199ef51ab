"""What marketers do in HubSpot by hand, and what the operator does to the bridge."""

from __future__ import annotations

import random
from collections.abc import Mapping

from crmbridge.ordeal.company import CONTACTS, Company
from crmbridge.ordeal.truth import Person, Truth
from crmbridge.ordeal.visiting import Act


def _edit(company: Company, person: Person, **properties: str) -> bool:
    path = f"{CONTACTS}/{person.contacts[-1]}"
    return company.portal.call("PATCH", path, {"properties": properties}).status_code == 200


def _somebody(truth: Truth, dice: random.Random) -> Person | None:
    alive = truth.alive()
    return dice.choice(alive) if alive else None


def edit_contact(company: Company, truth: Truth, dice: random.Random) -> bool:
    """An edit that bears on the fit."""
    person = _somebody(truth, dice)
    title = dice.choice(("Chief Operating Officer", "Intern", "Head of Logistics"))
    return person is not None and _edit(company, person, jobtitle=title)


def set_lead_status(company: Company, truth: Truth, dice: random.Random) -> bool:
    """A status that crmbridge keeps, set by hand."""
    person = _somebody(truth, dice)
    status = dice.choice(("NEW", "OPEN", "UNQUALIFIED", "CONNECTED"))
    return person is not None and _edit(company, person, hs_lead_status=status)


def set_stage(company: Company, truth: Truth, dice: random.Random) -> bool:
    """A life-cycle stage set by hand, or cleared."""
    person = _somebody(truth, dice)
    stage = dice.choice(("", "lead", "opportunity", "marketingqualifiedlead"))
    return person is not None and _edit(company, person, lifecyclestage=stage)


def trample_ours(company: Company, truth: Truth, dice: random.Random) -> bool:
    """A property of crmbridge's own, overwritten by hand."""
    person = _somebody(truth, dice)
    return person is not None and _edit(company, person, crmbridge_stage="MINE")


def new_address(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Somebody changes the job's address, not the job."""
    person = _somebody(truth, dice)
    if person is None:
        return False
    email = f"renamed{dice.randrange(10**6)}@{person.email.split('@')[1]}"
    if not _edit(company, person, email=email):
        return False
    person.email = email
    return True


def put_on_list(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Somebody who may not belong there."""
    return _member(company, truth, dice, "add")


def take_off_list(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Somebody who may belong there."""
    return _member(company, truth, dice, "remove")


def _member(company: Company, truth: Truth, dice: random.Random, verb: str) -> bool:
    lists = company.lists()
    if verb == "remove":
        lists = {name: each for name, each in lists.items() if each[1]}
    person = _somebody(truth, dice)
    if not lists or person is None:
        return False
    identity, members = lists[dice.choice(sorted(lists))]
    contact = dice.choice(members) if verb == "remove" else person.contacts[-1]
    path = f"/crm/v3/lists/{identity}/memberships/{verb}"
    return company.portal.call("PUT", path, [contact]).status_code == 200


def merge_contacts(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Two contacts of one person, or so the marketer thinks."""
    alive = truth.alive()
    if len(alive) < 4:
        return False
    winner, loser = dice.sample(alive, 2)
    company.clock.advance(3)
    body = {"primaryObjectId": winner.contacts[-1], "objectIdToMerge": loser.contacts[-1]}
    answer = company.portal.post(f"{CONTACTS}/merge", body)
    if answer.status_code != 200:
        return False
    company.clock.advance(3)
    truth.unite(winner, loser, str(answer.json()["id"]))
    return True


def archive_contact(company: Company, truth: Truth, dice: random.Random) -> bool:
    """Into HubSpot's recycle bin."""
    person = _somebody(truth, dice)
    if person is None or len(truth.alive()) < 4:
        return False
    answer = company.portal.call("DELETE", f"{CONTACTS}/{person.contacts[-1]}")
    person.gone = answer.status_code == 204
    return person.gone


def erase_contact(company: Company, truth: Truth, dice: random.Random) -> bool:
    """For good, by law; what the person did may be forgotten with them."""
    person = _somebody(truth, dice)
    if person is None or len(truth.alive()) < 4:
        return False
    body = {"objectId": person.contacts[-1]}
    answer = company.portal.post(f"{CONTACTS}/gdpr-delete", body)
    person.gone = answer.status_code == 204
    if person.gone:
        person.unkept = person.lived.copy()
    return person.gone


MARKETING: Mapping[str, Act] = {
    "marketer: edits a title": edit_contact,
    "marketer: sets a lead status": set_lead_status,
    "marketer: sets a life-cycle stage": set_stage,
    "marketer: overwrites our property": trample_ours,
    "marketer: changes an address": new_address,
    "marketer: puts on a list": put_on_list,
    "marketer: takes off a list": take_off_list,
    "marketer: merges contacts": merge_contacts,
    "marketer: archives a contact": archive_contact,
    "marketer: erases a contact": erase_contact,
}
"""Name → act; it answers whether anything happened."""
