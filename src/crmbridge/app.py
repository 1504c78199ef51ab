"""The composition root: settings in, a bridge out. Nothing else puts the parts together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

from crmbridge.clock import Clock, RemoteClock, WallClock
from crmbridge.core.model import Ref, Side
from crmbridge.core.profile import normal
from crmbridge.core.rules import Rules
from crmbridge.core.scope import Mode, Scope
from crmbridge.engine.cycle import Bridge
from crmbridge.engine.pruning import Retention
from crmbridge.errors import ConfigError
from crmbridge.plugins import discover
from crmbridge.ports import Connector, FieldNames
from crmbridge.settings import Settings
from crmbridge.store import Store, exists
from crmbridge.store_place import StorePlace


def load_rules(settings: Settings) -> Rules:
    """The rule book that ``settings`` point at; raises ``RuleBookError`` naming the place."""
    from crmbridge import rulebook

    return rulebook.load(rulebook.find(settings.rules))


def load_candidate(settings: Settings) -> Rules | None:
    """The rule book to follow in shadow, where the settings name one."""
    from crmbridge import rulebook

    named = settings.shadow_rules
    return rulebook.load(rulebook.find(named)) if named is not None else None


def make_clock(settings: Settings) -> Clock:
    """The wall clock, or a simulated world's where the settings name one."""
    return RemoteClock(settings.clock_url) if settings.clock_url else WallClock()


def connect(settings: Settings, rules: Rules) -> dict[Side, Connector]:
    """One connector per side, from the settings' sections, reading the fields that the rule
    book names; opens no connection yet."""
    plugins = discover()
    for name in rules.stages.org_fields:
        if name not in plugins:
            raise ConfigError(
                f"stages.yaml, org_fields: there is no connector {name!r}, only "
                f"{', '.join(sorted(plugins))}"
            )
    connectors: dict[Side, Connector] = {}
    for name in settings.connectors:
        connector = connect_one(settings, name, field_names(name, rules))
        if connector.side in connectors:
            other = connectors[connector.side].name
            raise ConfigError(f"{name} and {other} are both {connector.side} systems: keep one")
        connectors[connector.side] = connector
    for side in Side:
        if side not in connectors:
            names = ", ".join(sorted(plugins))
            raise ConfigError(
                f"no {side} system is configured: run `crmbridge init`, or add its section to the "
                f"settings (connectors installed: {names})"
            )
    return connectors


def connect_one(settings: Settings, name: str, fields: FieldNames | None = None) -> Connector:
    """The connector of one section that is there; opens no connection yet."""
    return discover()[name].connect(settings.connectors[name], fields or FieldNames())


def field_names(connector: str, rules: Rules) -> FieldNames:
    """Which fields of the CRM's own the rule book names."""
    return FieldNames(
        names=rules.stages.org_fields.get(connector, {}),
        questions=frozenset(rules.qualification.questions),
    )


def open_store(settings: Settings) -> Store:
    """The settings' store, made where there is none."""
    return Store.open(settings.store, lease_seconds=settings.lease)


@contextmanager
def open_bridge(
    settings: Settings, store_path: StorePlace | Path | None = None, *, store: Store | None = None
) -> Iterator[Bridge]:
    """A bridge over the settings' store and CRMs; gives everything back at the end.

    ``store_path`` replaces the store, for a dry run over a copy. ``store`` is the one that is open
    already, and stays so.
    """
    rules = load_rules(settings)
    with ExitStack() as opened:
        found = store or opened.enter_context(Store.open(store_path or settings.store))
        yield make_bridge(settings, found, rules, load_candidate(settings), opened)


def make_bridge(
    settings: Settings, store: Store, rules: Rules, candidate: Rules | None, opened: ExitStack
) -> Bridge:
    """A bridge that follows these rule books; ``opened`` gives back its connections in the end."""
    connectors = connect(settings, rules)
    for connector in connectors.values():
        opened.callback(connector.close)
    return Bridge(
        store=store,
        connectors=connectors,
        rules=rules,
        candidate=candidate,
        slow_interval=timedelta(seconds=settings.slow_interval),
        reconcile_interval=timedelta(seconds=settings.reconcile_interval),
        mode=settings.mode,
        scope=scope_of(settings, rules),
        retention=Retention(journal=settings.retention.journal, outbox=settings.retention.outbox),
    )


def scope_of(settings: Settings, rules: Rules) -> Scope | None:
    """For whom a canary acts; raises ``ConfigError`` where one has no scope."""
    given = settings.scope
    if given is None:
        if settings.mode is Mode.CANARY:
            raise ConfigError(
                "mode: a canary needs a scope: say in `scope` which owners, countries, lists or "
                "what percent"
            )
        return None
    countries = (normal(each, rules.normalisation.countries) for each in given.countries)
    return Scope(
        owners=frozenset(each if "@" not in each else each.casefold() for each in given.owners),
        countries=frozenset(each for each in countries if each is not None),
        lists=frozenset(given.lists),
        percent=given.percent,
    )


def known_lists(settings: Settings) -> Mapping[str, Ref]:
    """List name → the list that the bridge knows by it; empty before its first cycle."""
    if not exists(settings.store):
        return {}
    with Store.open(settings.store) as store, store.read() as tx:
        return tx.list_refs()


def nurture_lists(rules: Rules) -> Mapping[str, str]:
    """List name → what it is for, as ``setup`` creates them."""
    return {track.list_name: track.content for track in rules.recycling.tracks.values()}
