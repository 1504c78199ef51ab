"""One round: settings, rule book, store, both CRMs; what is broken hides only what needs it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial

from crmbridge.app import connect_one, field_names, nurture_lists
from crmbridge.clock import Clock
from crmbridge.core.model import ObjectType
from crmbridge.core.rules import Rules
from crmbridge.core.scope import Mode
from crmbridge.doctor.accounts import bound_elsewhere, clock_of
from crmbridge.doctor.allowances import examine_budget
from crmbridge.doctor.fields import examine_fields
from crmbridge.doctor.lead_standard import examine_choices, examine_rules, older_than_store
from crmbridge.doctor.people import examine_people
from crmbridge.doctor.store_health import examine_store
from crmbridge.errors import AuthError, BudgetExhausted, ConfigError, CrmBridgeError
from crmbridge.findings import Burst, Finding, Severity, Wanted, error, fine, unseen, warning
from crmbridge.plugins import discover
from crmbridge.ports import Connector, Identity
from crmbridge.rulebook.loading import Book
from crmbridge.settings import Settings
from crmbridge.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class _Met:
    """A CRM that answered."""

    connector: Connector
    identity: Identity


def examine_bridge(settings: Settings, clock: Clock) -> Iterator[Finding]:
    """Every finding, as soon as it is known. Reads; writes nothing, neither into a CRM nor into
    the store."""
    now = clock.now()
    book, findings = examine_rules(settings, now)
    yield from findings
    yield _mode(settings)
    with ExitStack() as opened:
        store, findings = examine_store(settings)
        yield from findings
        if store is not None:
            opened.enter_context(closing(store))
            if book is not None:
                yield from older_than_store(book, store)
        met: list[_Met] = []
        rightless: set[str] = set()
        for name in sorted(settings.connectors):
            connector, problem = _connect(settings, name, book)
            if connector is None:
                yield problem
                continue
            opened.callback(connector.close)
            identity, problem = _meet(connector)
            yield problem
            if identity is not None:
                met.append(_Met(connector=connector, identity=identity))
        yield from _missing_sides(settings)
        for each in met:
            yield from _account(each, clock, store, book, rightless)
        connectors = [each.connector for each in met]
        if book is not None and met:
            look = partial(examine_choices, book, connectors)
            yield from _guarded(met[0].connector, "choices", look, rightless)
        if len(met) == len(discover()):
            look = partial(examine_people, connectors, book, now)
            yield from _guarded(met[0].connector, "owners", look, rightless)


def _mode(settings: Settings) -> Finding:
    """How far the bridge has gone live: nobody shall wonder why nothing is written."""
    if settings.mode is Mode.LIVE:
        return fine("mode", "settings", "live: crmbridge writes about everybody")
    whom = "nothing is written" if settings.mode is Mode.SHADOW else "only the scope is written"
    return unseen(
        "mode", "settings", f"{settings.mode}: {whom}", "docs/going-live.md says how to go on"
    )


def _missing_sides(settings: Settings) -> Iterator[Finding]:
    for name in sorted(discover().keys() - settings.connectors.keys()):
        yield error(
            "settings",
            name,
            "no section of the settings says how to reach it",
            f"add a section `{name}` to the settings",
        )


def _connect(settings: Settings, name: str, book: Book | None) -> tuple[Connector | None, Finding]:
    """A connector, which reads the rule book's fields where there is a rule book."""
    try:
        fields = field_names(name, book.rules) if book is not None else None
        return connect_one(settings, name, fields), fine("settings", name, "are complete")
    except CrmBridgeError as wrong:
        return None, error("settings", name, str(wrong), "correct that line and run this again")


def _meet(connector: Connector) -> tuple[Identity | None, Finding]:
    name = connector.name
    try:
        identity = connector.ping()
    except AuthError as refused:
        return None, error("login", name, str(refused), _renew(name))
    except BudgetExhausted as spent:
        return None, error("API budget", name, str(spent), f"wait, or raise {name}.daily_reserve")
    except ConfigError as wrong:
        return None, error("login", name, str(wrong), f"correct the settings section `{name}`")
    except CrmBridgeError as silent:
        return None, error(
            "reachability",
            name,
            str(silent),
            f"check {name}.base_url, the firewall and the proxy, and the vendor's status page",
        )
    return identity, fine(
        "login", name, f"logged in: {identity.name}, account {identity.account_id}"
    )


def _renew(name: str) -> str:
    return (
        f"put a valid token or secret into the settings section `{name}`; "
        f"docs/connectors/{name}.md says how to get one"
    )


def _account(
    met: _Met, clock: Clock, store: Store | None, book: Book | None, rightless: set[str]
) -> Iterator[Finding]:
    """One CRM; a name is added to ``rightless`` where a right is found to be missing."""
    connector = met.connector
    yield clock_of(connector.name, met.identity, clock.now())
    if store is not None:
        yield from bound_elsewhere(connector.name, met.identity, store)
        with store.read() as tx:
            connector.recognise(tx.list_refs())
    yield examine_budget(connector, store, clock.now())
    # Which right is missing says more than what fails without it.
    look = partial(_vendor, connector, book)
    for finding in _guarded(connector, "permissions", look, rightless):
        if (finding.check, finding.severity) == ("permissions", Severity.ERROR):
            rightless.add(connector.name)
        yield finding
    lists = nurture_lists(book.rules) if book is not None else {}
    look = partial(examine_fields, connector, lists)
    yield from _guarded(connector, "set-up", look, rightless)


def _vendor(connector: Connector, book: Book | None) -> Iterator[Finding]:
    """What the connector itself looks at; of statuses nothing without a rule book."""
    wanted = _wanted(book.rules) if book is not None else Wanted()
    for finding in connector.examine(wanted):
        if book is not None or finding.check != "status values":
            yield finding


def _wanted(rules: Rules) -> Wanted:
    creates = {ObjectType.LEAD} if rules.handoff.create_leads else ()
    return Wanted(
        statuses=frozenset(rules.stages.statuses),
        creates=frozenset(creates),
        burst=Burst(clicks=rules.score.counter_burst, within=rules.score.counter_window),
    )


def _guarded(
    connector: Connector,
    check: str,
    look: Callable[[], Iterator[Finding]],
    rightless: Collection[str],
) -> Iterator[Finding]:
    """The findings; a CRM that refuses or stops answering half-way is one more. What cannot be
    looked at because of a right that was found to be missing is no fault of its own."""
    try:
        yield from look()
    except ConfigError as wrong:
        if rightless:
            systems = " and ".join(sorted(rightless))
            says = f"cannot be looked at without the rights that are missing in {systems}"
            yield unseen(check, connector.name, says)
        else:
            yield error(check, connector.name, str(wrong), "correct that and run this again")
    except AuthError as refused:
        yield error("permissions", connector.name, str(refused), _renew(connector.name))
    except CrmBridgeError as failed:
        yield warning("reachability", connector.name, str(failed), "run this again")
