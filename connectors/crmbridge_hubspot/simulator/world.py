"""The state of one simulated HubSpot portal."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path

from crmbridge.clock import WorldClock
from crmbridge.simulation import CallCounter, FaultInjector, StateFile
from crmbridge_hubspot.simulator.access import Access
from crmbridge_hubspot.simulator.association_types import AssociationTypes
from crmbridge_hubspot.simulator.associations import AssociationStore
from crmbridge_hubspot.simulator.catalogue import Catalogue
from crmbridge_hubspot.simulator.configuration import Configuration, LifecycleBackward
from crmbridge_hubspot.simulator.custom_events import EventLog
from crmbridge_hubspot.simulator.custom_objects import CustomObjects, CustomSchema
from crmbridge_hubspot.simulator.event_definitions import EventDefinitions
from crmbridge_hubspot.simulator.lifecycle import add_stage, define_stamps
from crmbridge_hubspot.simulator.limits import RateLimits
from crmbridge_hubspot.simulator.list_folders import FolderStore
from crmbridge_hubspot.simulator.lists import ListStore
from crmbridge_hubspot.simulator.oauth import OAuthApp
from crmbridge_hubspot.simulator.object_store import ObjectStore
from crmbridge_hubspot.simulator.object_types import COMPANIES, CONTACTS, ObjectType
from crmbridge_hubspot.simulator.omissions import Omission
from crmbridge_hubspot.simulator.owners import OwnerStore
from crmbridge_hubspot.simulator.property_registry import PropertyRegistry
from crmbridge_hubspot.simulator.requirements import Requirements
from crmbridge_hubspot.simulator.small_state import (
    keep_definitions,
    keep_own_types,
    keep_portal,
    members_in,
    open_state,
    statuses_in,
)
from crmbridge_hubspot.simulator.standard_catalogues import standard_catalogues
from crmbridge_hubspot.simulator.subscriptions import SubscriptionStore
from crmbridge_hubspot.simulator.type_directory import TypeDirectory

_TIME_ZONE = "US/Eastern"


class HubSpotWorld:
    """One portal: records, definitions, lists, owners, consent, tokens, limits, faults.

    It lives in memory, or in the file ``state_path``: a file that a portal was in before is that
    portal again. Its switches, faults, tokens and limits are not kept. Who gives a path commits
    and closes ``state`` in the end.

    ``tokens`` maps labels to token values; ``crmbridge`` and ``marketer`` exist in any case,
    with values made from their labels (``pat-na1-sim-crmbridge``). ``native_connector`` gives
    the portal the properties of HubSpot's own Salesforce connector. Rate-limit windows run on
    real time unless ``rate_limits_on_world_time``. Not to be touched from other threads while
    it is being served, other than through ``faults``, ``calls`` and ``clock``.
    """

    def __init__(
        self,
        clock: WorldClock,
        *,
        portal_id: int = 424242,
        tier: str = "professional",
        index_lag_seconds: float = 0.0,
        enforce_rate_limits: bool = True,
        rate_limits_on_world_time: bool = False,
        tokens: Mapping[str, str] | None = None,
        native_connector: bool = False,
        lifecycle_backward: str = "silent",
        default_lifecyclestage: str = "lead",
        preserve_primary_id: bool = False,
        state_path: Path | None = None,
    ) -> None:
        self.state = open_state(state_path) if state_path else None
        self.clock = clock
        self.portal_id = portal_id
        self.time_zone = _TIME_ZONE
        self.made_at = clock.now()
        self.configuration = Configuration(
            tier=tier,
            index_lag_seconds=index_lag_seconds,
            enforce_rate_limits=enforce_rate_limits,
            lifecycle_backward=LifecycleBackward(lifecycle_backward),
            default_lifecyclestage=default_lifecyclestage,
            preserve_primary_id=preserve_primary_id,
        )
        self.access = Access(tokens)
        self.oauth = OAuthApp(access=self.access)
        self.limits = RateLimits(
            self.configuration,
            clock,
            portal_id=portal_id,
            time_zone=_TIME_ZONE,
            on_world_time=rate_limits_on_world_time,
        )
        self.faults = FaultInjector()
        self.omission = Omission()
        self.types = TypeDirectory()
        self.custom = CustomObjects()
        self.calls = CallCounter()
        self.associations = AssociationStore(AssociationTypes(), self.state)
        self.owners = OwnerStore()
        self.folders = FolderStore(self.made_at)
        self.lists = ListStore(members_in(self.state))
        self.subscriptions = SubscriptionStore(*statuses_in(self.state))
        self.events = EventLog()
        self.event_definitions = EventDefinitions()
        self.requirements = Requirements()
        self.erased_emails: set[str] = set()
        self._stores = self._standard_stores(native_connector=native_connector)
        self._answers = 0
        if self.state:
            self._keep(self.state)

    def store(self, object_type: ObjectType) -> ObjectStore:
        """The records of one object type."""
        return self._stores[object_type.id]

    def token(self, label: str) -> str:
        """The token with this label; raises ``KeyError`` if there is none."""
        return self.access.token(label)

    def add_lifecycle_stage(self, value: str, label: str) -> None:
        """Give the portal a stage of its own, after all others, on contacts and companies."""
        for kind in (CONTACTS, COMPANIES):
            add_stage(self.store(kind).properties, value, label)

    def next_correlation_id(self) -> str:
        """A fresh correlation id; the same world hands out the same ones in order."""
        self._answers += 1
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.portal_id}-{self._answers}"))

    def add_type(self, schema: CustomSchema, properties: PropertyRegistry | None = None) -> None:
        """Give the portal an object type of its own; without ``properties`` those kept of it."""
        kind = schema.kind
        registry = properties or self._registry(kind, Catalogue(groups=(), definitions=()))
        self._stores[kind.id] = self._store(kind, registry)
        if self.state:
            keep_definitions(self.state, registry)
        if not schema.archived:
            self.types.add(kind)
        self.change_type(schema)

    def change_type(self, schema: CustomSchema) -> None:
        """Let an object type of the portal's own follow its schema."""
        store = self.store(self.custom.put(schema).kind)
        store.required, store.searchable = schema.required, schema.searchable

    def _keep(self, file: StateFile) -> None:
        """Go on from what the file has, and keep everything in it from now on."""
        for store in self._stores.values():
            keep_definitions(file, store.properties)
        keep_own_types(file, self)
        keep_portal(file, self)

    def _standard_stores(self, *, native_connector: bool) -> dict[str, ObjectStore]:
        stores = {
            kind.id: self._store(kind, self._registry(kind, catalogue))
            for kind, catalogue in standard_catalogues(native_connector=native_connector)
        }
        for kind in (CONTACTS, COMPANIES):
            define_stamps(stores[kind.id].properties)
        return stores

    def _registry(self, kind: ObjectType, catalogue: Catalogue) -> PropertyRegistry:
        return PropertyRegistry(kind, catalogue, self.made_at)

    def _store(self, kind: ObjectType, registry: PropertyRegistry) -> ObjectStore:
        return ObjectStore(kind, registry, lambda: self.configuration.index_lag_seconds, self.state)
