"""Plausible companies and people from a seed: names, titles, domains, sizes, countries."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Home(StrEnum):
    """In which CRMs a person is known at first."""

    HUBSPOT = "hubspot"
    SALESFORCE = "salesforce"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """An employer; ``employees`` is a head count, ``country`` a name as people write it."""

    name: str
    domain: str
    industry: str
    employees: int
    country: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A human being at a company; ``email`` may be missing for a trade-show contact."""

    first_name: str
    last_name: str
    title: str
    email: str | None
    company: Company
    source: str
    home: Home


_FIRST = (
    "Ada Ben Carla David Elena Farid Greta Hana Ivan Julia Karim Lena Marco Nadia Oscar "
    "Paula Quentin Rosa Stefan Tara Umar Vera Wen Ximena Yusuf Zoe Agus Dewi Budi Siti "
    "Anke Jonas Mia Noah Liam Olivia Emma Lucas Sofia Mateus Camila Priya Arjun Mei Kenji "
    "Aiko Chloe Hugo"
).split()
_LAST = (
    "Abbott Becker Costa Dahl Evans Fischer Garcia Hoffmann Ito Jansen Kowalski Lopez "
    "Meyer Nguyen Okafor Pereira Quinn Rossi Schneider Tanaka Ueda Vogel Wagner Xu Young "
    "Zimmermann Santoso Wijaya Hidayat Silva Souza Andersen Brown Clark Davies Martin "
    "Moreau Novak Patel"
).split()
_STEMS = (
    "Alder Birch Cobalt Delta Ember Falcon Garnet Harbor Iris Juniper Kestrel Lumen Maple "
    "Northwind Onyx Pioneer Quarry Ridge Summit Tidal Umbra Vertex Willow Yarrow Zephyr"
).split()
_KINDS = {
    "Logistics": "Logistics and Supply Chain",
    "Systems": "Computer Software",
    "Works": "Manufacturing",
    "Capital": "Financial Services",
    "Retail": "Retail",
    "Health": "Healthcare",
    "Energy": "Energy",
    "Media": "Media",
    "Advisory": "Consulting",
}
_COUNTRIES = (
    ("United States", 46),
    ("Germany", 18),
    ("Indonesia", 12),
    ("United Kingdom", 8),
    ("Brazil", 6),
    ("France", 5),
    ("Japan", 5),
)
_TITLES = (
    ("VP Operations", 14),
    ("VP Sales", 8),
    ("Chief Operating Officer", 6),
    ("CFO", 6),
    ("Director of IT", 12),
    ("Head of Marketing", 10),
    ("Operations Manager", 16),
    ("Marketing Manager", 12),
    ("Data Analyst", 8),
    ("Coordinator", 8),
)
_SOURCES = (
    ("ORGANIC_SEARCH", 34),
    ("PAID_SEARCH", 20),
    ("REFERRALS", 14),
    ("SOCIAL_MEDIA", 14),
    ("DIRECT_TRAFFIC", 12),
    ("OFFLINE", 6),
)
_RIVAL = Company(
    name="Rivalsoft",
    domain="rivalsoft.com",
    industry="Computer Software",
    employees=900,
    country="United States",
)
BLOCK = 10_000
_FREE_MAIL = ("gmail.com", "outlook.com", "gmx.de")


def make_people(count: int, seed: int) -> list[Person]:
    """``count`` different people of about a third as many companies; the same for a seed."""
    return _block(count, f"people/{seed}", 0)


def people_in_blocks(count: int, seed: int) -> Iterator[list[Person]]:
    """As many different people as wanted, 10,000 at a time so that any number fits in memory.

    People of two blocks have neither a company nor an address in common. The first block is
    what ``make_people`` makes.
    """
    for place, begin in enumerate(range(0, count, BLOCK)):
        name = f"people/{seed}/{place}" if place else f"people/{seed}"
        yield _block(min(BLOCK, count - begin), name, place)


def _block(count: int, seed: str, place: int) -> list[Person]:
    dice = random.Random(seed)
    companies = _companies(max(1, count // 3), dice, place * BLOCK)
    if not place:
        companies.append(_RIVAL)
    taken: set[str] = set()
    mark = f".{place}" if place else ""
    return [_person(dice.choice(companies), dice, taken, mark) for _ in range(count)]


def _companies(count: int, dice: random.Random, first: int) -> list[Company]:
    found: list[Company] = []
    for number in range(first, first + count):
        stem, kind = dice.choice(_STEMS), dice.choice(list(_KINDS))
        serial = f" {number // 20 + 1}" if number >= len(_STEMS) else ""
        name = f"{stem} {kind}{serial}"
        domain = f"{name.lower().replace(' ', '-')}-{number}.example"
        found.append(
            Company(
                name=name,
                domain=domain,
                industry=_KINDS[kind],
                employees=round(2 ** dice.uniform(3.5, 12.5)),
                country=_weighted(_COUNTRIES, dice),
            )
        )
    return found


def _person(company: Company, dice: random.Random, taken: set[str], mark: str) -> Person:
    while True:
        first, last = dice.choice(_FIRST), dice.choice(_LAST)
        private = dice.random() < 0.06
        domain = dice.choice(_FREE_MAIL) if private else company.domain
        suffix = dice.choice(("", "", str(dice.randrange(10, 99)))) + mark if private else ""
        address = f"{first}.{last}{suffix}@{domain}".lower()
        if address not in taken:
            break
    taken.add(address)
    draw = dice.random()
    home = Home.HUBSPOT if draw < 0.7 else Home.BOTH if draw < 0.9 else Home.SALESFORCE
    unreachable = home is Home.SALESFORCE and dice.random() < 0.1
    return Person(
        first_name=first,
        last_name=last,
        title=_weighted(_TITLES, dice),
        email=None if unreachable else address,
        company=company,
        source=_weighted(_SOURCES, dice),
        home=home,
    )


def _weighted(choices: tuple[tuple[str, int], ...], dice: random.Random) -> str:
    values, weights = zip(*choices, strict=True)
    drawn: str = dice.choices(values, weights=weights)[0]
    return drawn
