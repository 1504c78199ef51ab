"""Users of both CRMs: who stands for whom, who is nobody, and who has nobody to turn to."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Final

from crmbridge.core.acts import is_listed
from crmbridge.core.directory import named
from crmbridge.core.model import Owner, OwnerKind, Side
from crmbridge.findings import Finding, error, fine, unseen, warning
from crmbridge.ports import Connector
from crmbridge.rulebook.loading import Book

_SHOWN: Final = 5
_MACHINE: Final = re.compile(
    r"\b(api|automat\w*|autoresponder|bot|connector|hubspot|integration|marketo|middleware|"
    r"no-?reply|pardot|robot|service account|sync|system|zapier)\b",
    re.IGNORECASE,
)


def examine_people(
    connectors: Sequence[Connector], book: Book | None, now: datetime
) -> Iterator[Finding]:
    """Findings about users, by their ids: names and addresses are nobody's business here."""
    owners = {each.side: _owners(each, now) for each in connectors}
    names = {each.side: each.name for each in connectors}
    sales, marketing = owners[Side.SALES], owners[Side.MARKETING]
    yield from _counterparts(sales, marketing, names)
    if book is not None:
        rules = book.rules.sla
        yield from _machines(sales, rules.automation_users, names[Side.SALES])
        yield from _managers(sales, rules.ladder.escalation, names[Side.SALES])


def _owners(connector: Connector, now: datetime) -> dict[str, Owner]:
    """Every owner by id, read anew."""
    pages = connector.poll("owners", connector.start("owners", now))
    return {owner.ref.id: owner for page in pages for owner in page.owners}


def _people(owners: dict[str, Owner]) -> list[Owner]:
    return [each for each in owners.values() if each.active and each.kind is OwnerKind.HUMAN]


def _counterparts(
    sales: dict[str, Owner], marketing: dict[str, Owner], names: dict[Side, str]
) -> Iterator[Finding]:
    known = {(each.email or "").casefold() for each in _people(sales)}
    alone = [each for each in _people(marketing) if (each.email or "").casefold() not in known]
    about = names[Side.MARKETING]
    if alone:
        yield unseen(
            "owners",
            about,
            f"{_listed(alone)} have no active {names[Side.SALES]} user of the same e-mail address",
            "right for marketers; of a sales person make the e-mail addresses equal in both CRMs",
        )
    else:
        yield fine("owners", about, f"every owner is a user of {names[Side.SALES]}, too")


def _machines(sales: dict[str, Owner], globs: Collection[str], about: str) -> Iterator[Finding]:
    counted = [
        each
        for each in _people(sales)
        if _MACHINE.search(f"{each.name} {each.email or ''}") and not is_listed(each, tuple(globs))
    ]
    if counted:
        yield warning(
            "automation users",
            about,
            f"{_listed(counted)} look like software and count as people, so that what they do is "
            "a touch",
            "list them in sla.yaml under `automation_users`, by name, e-mail address or id",
        )
    else:
        yield fine("automation users", about, "nobody who counts as a person looks like software")


def _managers(sales: dict[str, Owner], escalation: str | None, about: str) -> Iterator[Finding]:
    contact = named(sales, escalation)
    if escalation is not None and contact is None:
        yield error(
            "managers",
            about,
            "there is no user as whom sla.yaml names the `escalation` contact",
            "name a user by e-mail address or id",
        )
        return
    managers = {each.manager_id for each in sales.values()}
    lost = [
        each for each in _people(sales) if each.manager_id is None and each.ref.id not in managers
    ]
    if lost and contact is None:
        yield unseen(
            "managers",
            about,
            f"{_listed(lost)} have no manager, and there is no escalation contact",
            "enter their managers in the CRM, or an `escalation` contact in sla.yaml",
        )


def _listed(owners: Sequence[Owner]) -> str:
    ids = ", ".join(each.ref.id for each in owners[:_SHOWN])
    more = f" and {len(owners) - _SHOWN} more" if len(owners) > _SHOWN else ""
    word = "user" if len(owners) == 1 else "users"
    return f"{len(owners)} {word} ({ids}{more})"
