"""``crmbridge review``: questions that only people can answer."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from crmbridge.cli.options import read_settings, settings_options, system_named
from crmbridge.cli.showing import shown
from crmbridge.core import fields as f
from crmbridge.errors import ConfigError, did_you_mean

if TYPE_CHECKING:
    from crmbridge.core.model import Ref
    from crmbridge.store import Transaction
    from crmbridge.store.reviewing import OpenReview

_WHO = (f.FIRST_NAME, f.LAST_NAME, f.EMAIL, f.COMPANY, f.TITLE)

_REMEDIES = {
    "field_conflict": "--take hubspot or --take salesforce, or correct one of the records",
    "field_fight": "find and stop the other automation, then --again",
    "vanished": "if the person asked to be forgotten, erase them here, too",
    "hand_raiser_low_fit": "asks for sales and does not fit: correct the data, or answer by hand",
    "hand_raiser_disqualified": "a person may set the record back to a status that is open",
    "definition_dispute": "let marketing and sales look at the lead standard together",
    "reason_missing": "the owner gives the reason on the record",
    "details_missing": "the owner says on the record why",
    "hard_bounce": "get a new address; a corrected one lifts the block",
    "bad_data_corrected": "set the record's status back, if the person is to be worked again",
    "blocked_too_late": "decide what becomes of the deal",
    "erased_with_deal": "decide what may be kept for the deal's sake",
    "nobody_to_alert": "name a manager in the CRM, or an escalation contact in sla.yaml",
    "calendar_unconfirmed": "give the owner a time zone, or a calendar in sla.yaml",
    "queue_unknown": "correct handoff.yaml, or make the queue in the sales CRM",
    "not_handed_over": "look at the other sync's errors and inclusion list",
    "owner_unmapped": "add the owner to the owner map in handoff.yaml",
}


@click.group()
def review() -> None:
    """List questions for people, look at one, or answer it."""


@review.command("list")
@settings_options
@click.option("--kind", help="Only questions of this kind.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
def list_(
    config: Path | None, store: Path | None, rules: Path | None, kind: str | None, as_json: bool
) -> None:
    """Print what waits for a person's look, oldest first."""
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.read() as tx:
        found = [each for each in tx.open_reviews() if kind in (None, _kind(each))]
    for each in found:
        if as_json:
            click.echo(json.dumps(_plain(each)))
        else:
            click.echo(
                f"{each.id}  {each.opened_at:%Y-%m-%d}  {_kind(each)}  {each.uid}: {each.why}"
            )
    if not found and not as_json:
        click.echo("Nothing waits for a person's look.")


@review.command()
@settings_options
@click.argument("which")
def show(config: Path | None, store: Path | None, rules: Path | None, which: str) -> None:
    """Show one question with whom it concerns and how it can be answered; WHICH is its id in
    `crmbridge review list`."""
    from crmbridge.store import open_existing

    settings = read_settings(config, store=store, rules=rules)
    with open_existing(settings.store) as opened, opened.read() as tx:
        for line in _told(tx, _find(tx, which)):
            click.echo(line)


@review.command()
@settings_options
@click.argument("which")
@click.option("--person", help="The record belongs to this person (id, or one of their records).")
@click.option("--new", "is_new", is_flag=True, help="The record is somebody else's.")
@click.option("--unite", "are_one", is_flag=True, help="All these people are one.")
@click.option("--take", help="Of two edits this CRM's counts (hubspot or salesforce).")
@click.option("--again", is_flag=True, help="Put the field right again that was left alone.")
@click.option("--seen", is_flag=True, help="Nothing is to be done, or: they are not one.")
@click.option("--as", "operator", help="Who answers for it (default: the name of your login).")
def resolve(
    config: Path | None,
    store: Path | None,
    rules: Path | None,
    which: str,
    person: str | None,
    is_new: bool,
    are_one: bool,
    take: str | None,
    again: bool,
    seen: bool,
    operator: str | None,
) -> None:
    """Answer one question; the next cycle decides about whom it concerns anew."""
    from crmbridge.app import load_rules, make_clock
    from crmbridge.engine import reviewing
    from crmbridge.reports.person_story import find_person
    from crmbridge.store import open_existing

    if [person is not None, is_new, are_one, take is not None, again, seen].count(True) != 1:
        raise click.UsageError("say one of --person, --new, --unite, --take, --again and --seen")
    if take is not None:
        system_named(take, "--take")
    settings = read_settings(config, store=store, rules=rules)
    who = operator or getpass.getuser()
    with open_existing(settings.store) as opened, opened.transaction() as tx:
        found, now = _find(tx, which), make_clock(settings).now()
        if person is not None:
            uid = find_person(tx, person)
            reviewing.give_to(tx, found, uid, who, now)
            said = f"The record is {uid}'s."
        elif is_new:
            said = f"The record is a person of its own: {reviewing.make_new(tx, found, who, now)}."
        elif are_one:
            terminal = load_rules(settings).recycling.terminal
            said = f"They are one: {reviewing.make_one(tx, found, terminal, who, now)}."
        elif take is not None:
            reviewing.take_side(tx, found, take, who, now)
            said = f"What {take} shows counts; the next cycle writes it into the other CRM."
        elif again:
            reviewing.try_again(tx, found, who, now)
            said = "The field is put right again in the next cycle."
        else:
            reviewing.note_seen(tx, found, who, now)
            said = "It is not asked again as long as its cause lasts."
    click.echo(said)


def _find(tx: Transaction, which: str) -> OpenReview:
    known = {each.id: each for each in tx.open_reviews()}
    if which not in known:
        guess = did_you_mean(which, known)
        raise ConfigError(f"no review {which} is open{guess}: see `crmbridge review list`")
    return known[which]


def _kind(found: OpenReview) -> str:
    return found.kind.partition(":")[0]


def _told(tx: Transaction, found: OpenReview) -> Iterator[str]:
    yield f"{_kind(found)}, since {found.opened_at:%Y-%m-%d %H:%M}: {found.why}"
    ref = found.record
    if ref is None:
        yield from _person(tx, found.uid)
        remedy = _REMEDIES.get(_kind(found))
        if remedy:
            yield f"What helps: {remedy}."
        yield "It closes by itself when its cause is gone."
        yield f"    crmbridge review resolve {found.id} --seen    to hide it until then"
        return
    yield from _record(tx, ref)
    for uid in tx.claimants(ref):
        yield from _person(tx, uid)
    answer = f"    crmbridge review resolve {found.id}"
    if tx.link(ref) is None:
        yield "Until it is answered nothing is written on the record. Whose is it?"
        yield f"{answer} --person ID    this person's"
        yield f"{answer} --new          somebody else's"
    else:
        yield "They share an address and are kept apart. Are they one?"
        yield f"{answer} --seen         no"
    yield f"{answer} --unite        all of them are one person"


def _person(tx: Transaction, uid: str) -> Iterator[str]:
    summary = tx.summary(uid)
    yield f"  person {uid}" + (
        f", {summary.stage}, score {shown(summary.score)}" if summary else ""
    )
    for ref in tx.links(uid):
        yield from _record(tx, ref)


def _record(tx: Transaction, ref: Ref) -> Iterator[str]:
    record = tx.record(ref)
    if record is None:
        return
    told = ", ".join(str(value) for name in _WHO if (value := record.fields.get(name)))
    yield f"    {ref}" + (" (deleted)" if record.deleted else "") + f": {told}"


def _plain(found: OpenReview) -> dict[str, object]:
    return {
        "id": found.id,
        "kind": _kind(found),
        "person": found.uid,
        "record": str(found.record) if found.record else None,
        "why": found.why,
        "since": found.opened_at.isoformat(),
    }
