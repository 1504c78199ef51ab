"""The rule book: whether it can be used, is in force, and fits what the CRMs offer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from crmbridge import rulebook
from crmbridge.errors import RuleBookError
from crmbridge.findings import Finding, error, fine, warning
from crmbridge.ports import Connector
from crmbridge.rulebook import checking
from crmbridge.rulebook.loading import Book
from crmbridge.settings import Settings
from crmbridge.store import Store

_CHECK = "rule book"


def examine_rules(settings: Settings, now: datetime) -> tuple[Book | None, list[Finding]]:
    """The rule book, where it can be used, and what is to be said about it."""
    try:
        directory = rulebook.find(settings.rules)
        book = rulebook.read_book(directory)
    except RuleBookError as broken:
        remedy = "correct that line: `crmbridge rules check` says when it is right"
        return None, [error(_CHECK, "rules", str(broken), remedy)]
    findings = [
        warning(
            "calendars" if "calendar" in each.message else _CHECK,
            f"{each.path}:{each.line}",
            each.message,
            "add the off-days and a later `ends_on`, and let both departments sign"
            if "calendar" in each.message
            else "change it and let both departments sign, or let it be so",
        )
        for each in checking.check(book, now.date())
    ]
    shadow = book.rules.why_shadow(now)
    if shadow is not None:
        says = f"it is in shadow, so that nothing is written: {shadow}"
        remedy = "`crmbridge rules sign --as DEPARTMENT --name NAME`, once for each department"
        findings.append(warning(_CHECK, str(directory), says, remedy))
    else:
        version = book.rules.version
        findings.append(fine(_CHECK, str(directory), f"version {version} is signed and in force"))
    return book, findings


def older_than_store(book: Book, store: Store) -> Iterator[Finding]:
    """Whether a newer rule book was in force on this store before."""
    with store.read() as tx:
        known = tx.rulebook()
    rules = book.rules
    if known is None:
        return
    version, since = known
    if (rules.in_force_from, rules.version) < (since, version):
        yield error(
            _CHECK,
            "rules",
            f"version {rules.version} is older than version {version}, which was in force here "
            f"from {since:%Y-%m-%d}",
            "point `rules:` at the newer rule book; to go back on purpose, give the old rules a "
            "new version and day, and let both departments sign",
        )


def examine_choices(book: Book, connectors: Sequence[Connector]) -> Iterator[Finding]:
    """What the rule book would read or show and the CRMs do not offer."""
    offered: dict[str, frozenset[str]] = {}
    for connector in connectors:
        offered |= connector.choices()
    found = checking.check_choices(book, offered)
    for each in found:
        remedy = "add the value to the field's choices in the CRM, or take it out of the rule book"
        if "no status" in each.message:
            # The default rule book lists what many orgs call their statuses.
            continue
        yield warning("choices", f"{each.path}:{each.line}", each.message, remedy)
    if not found:
        yield fine("choices", "rules", "the CRMs offer every value that the rule book shows")
