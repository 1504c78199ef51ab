"""What people outside do: they fill in forms, look at pages, click, reply, object."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime

from crmbridge.core.facts import Evidence
from crmbridge.ordeal.company import Company
from crmbridge.ordeal.truth import Person, Truth

_DOMAINS = ("northwind.example", "contoso.example", "tidal-freight.example", "gmail.com")
_TITLES = ("VP Operations", "Head of Logistics", "Analyst", "Student")
_INDUSTRIES = ("Logistics", "Retail", "Hospitality")
_FORMS = ("Request a demo", "Webinar Q3", "Whitepaper", "Newsletter", "Talk to sales")
_PAGES = ("/pricing", "/docs", "/careers")
_MOST_PEOPLE = 40


def _now(company: Company) -> datetime:
    now = company.clock.now()
    return now.replace(microsecond=now.microsecond // 1000 * 1000)  # as HubSpot keeps it


def new_contact(company: Company, truth: Truth, dice: random.Random) -> bool:
    """A marketer adds somebody whom nobody knows."""
    if len(truth.people) >= _MOST_PEOPLE:
        return False
    email = f"p{len(truth.people)}x{dice.randrange(10_000)}@{dice.choice(_DOMAINS)}"
    properties = {
        "email": email,
        "firstname": email.split("@", maxsplit=1)[0].title(),
        "lastname": "Abbott",
        "jobtitle": dice.choice(_TITLES),
        "industry": dice.choice(_INDUSTRIES),
        "country": dice.choice(("Germany", "United States", "Indonesia")),
        "numemployees": dice.choice(("500-1000", "25-50")),
    }
    answer = company.portal.post("/crm/v3/objects/contacts", {"properties": properties})
    if answer.status_code != 201:
        return False
    truth.people.append(Person(email=email, contacts=[str(answer.json()["id"])]))
    return True


def _visit(
    company: Company, truth: Truth, dice: random.Random, door: str, evidence: Evidence | None
) -> bool:
    alive = truth.alive()
    if not alive:
        return False
    person, now = dice.choice(alive), _now(company)
    if evidence in _ONCE_AN_INSTANT and person.dated.get(door) == now:
        return False
    person.dated[door] = now
    body: dict[str, str] = {"id": person.contacts[-1]}
    name = ""
    if door == "form":
        name = dice.choice(_FORMS)
        body["form"] = name
    elif door == "page":
        name = dice.choice(_PAGES)
        body["url"] = f"https://us.example{name}"
    company.visitors.sim(f"visitor/{door}", body)
    if evidence is not None:
        person.lived[evidence, name, now] += 1
    return True


_ONCE_AN_INSTANT = frozenset({Evidence.REPLY, Evidence.MEETING, Evidence.FORM, Evidence.PAGE})
"""A date that is set to itself is no change, and of two forms or pages in one millisecond HubSpot
does not tell which was which where one of them was the last before."""

_DOORS: Mapping[str, Evidence | None] = {
    "form": Evidence.FORM,
    "page": Evidence.PAGE,
    "click": Evidence.CLICK,
    "reply": Evidence.REPLY,
    "meeting": Evidence.MEETING,
    "open": None,
    "unsubscribe": None,
    "resubscribe": None,
}

Act = Callable[[Company, Truth, random.Random], bool]


def _door(door: str, evidence: Evidence | None) -> Act:
    return lambda company, truth, dice: _visit(company, truth, dice, door, evidence)


VISITS: Mapping[str, Act] = {
    "a contact appears": new_contact,
    **{f"visitor: {door}": _door(door, evidence) for door, evidence in _DOORS.items()},
}
"""Name → act; it answers whether anything happened."""
