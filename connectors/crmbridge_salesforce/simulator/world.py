"""The state of one simulated org: records, schema, people, sessions, usage and switches."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmbridge.simulation import CallCounter, FaultInjector, StateFile
from crmbridge_salesforce.simulator.access import Access
from crmbridge_salesforce.simulator.assignment import AssignmentRule
from crmbridge_salesforce.simulator.bulk_jobs import BulkJobs
from crmbridge_salesforce.simulator.catalogue_setup import data_schema, tooling_schema
from crmbridge_salesforce.simulator.cursors import CursorStore
from crmbridge_salesforce.simulator.disk_table import SCHEMA as DISK_SCHEMA
from crmbridge_salesforce.simulator.external_app import ExternalApp
from crmbridge_salesforce.simulator.ids import IdMint, full_id
from crmbridge_salesforce.simulator.seeding import seed_org
from crmbridge_salesforce.simulator.sessions import Sessions
from crmbridge_salesforce.simulator.small_state import keep_fields, keep_org
from crmbridge_salesforce.simulator.store import Store
from crmbridge_salesforce.simulator.switches import Switches
from crmbridge_salesforce.simulator.table import Row
from crmbridge_salesforce.simulator.times import whole_seconds
from crmbridge_salesforce.simulator.usage import Usage
from crmbridge_salesforce.simulator.versions import Versions

if TYPE_CHECKING:
    from crmbridge.clock import WorldClock

DEFAULT_ORG_ID = "00D5g000004c9KYEAY"
DEFAULT_CONSUMER_KEY = "3MVG9.crmbridge.simulator.consumer.key"
DEFAULT_CONSUMER_SECRET = "simulated-consumer-secret"


class SalesforceWorld:
    """One org, living in the time of ``clock``, in memory or in the file ``state_path``.

    A file that an org was in before is that org again: its records, fields, users, statuses
    and sessions. Faults and switches, query cursors and the day's count of requests are not
    kept. Who gives a path commits and closes ``state`` in the end.

    ``consumer_key`` and ``consumer_secret`` are the connected app's; it runs as the
    integration user. ``daily_api_requests`` is the rolling allowance, refused beyond it
    unless ``enforce_limits`` is false. Not thread-safe: once it is served, change it only
    through HTTP.
    """

    def __init__(
        self,
        clock: WorldClock,
        *,
        org_id: str = DEFAULT_ORG_ID,
        consumer_key: str = DEFAULT_CONSUMER_KEY,
        consumer_secret: str = DEFAULT_CONSUMER_SECRET,
        daily_api_requests: int = 100_000,
        enforce_limits: bool = True,
        time_zone: str = "America/Los_Angeles",
        state_path: Path | None = None,
    ) -> None:
        if full_id(org_id) != org_id or not org_id.startswith("00D"):
            raise ValueError(f"{org_id} is not an 18-character organization id")
        self.clock = clock
        self.org_id = org_id
        self.consumer_key = consumer_key
        self.consumer_secret = consumer_secret
        self.time_zone = time_zone
        self.ids = IdMint()
        self.state = StateFile(state_path, DISK_SCHEMA) if state_path else None
        self.schema = data_schema()
        if self.state:
            keep_fields(self.state, self.schema)
        self.store = Store(self.schema, self.state, "data")
        self.tooling_schema = tooling_schema()
        self.tooling_store = Store(self.tooling_schema, self.state, "tooling")
        self.field_metadata: dict[str, dict[str, Any]] = {}
        self.schema_changed_at = self.now()
        self.tracked: dict[str, set[str]] = {
            "Lead": {"Status", "OwnerId"},
            "Contact": set(),
            "Opportunity": set(),
        }
        self.access = Access(self.schema, self.store)
        self.sessions = Sessions(org_id)
        self.app = ExternalApp()
        self.cursors = CursorStore(self.ids)
        self.bulk = BulkJobs(self.ids)
        self.usage = Usage(daily_api_requests, enforced=enforce_limits)
        self.assignment = AssignmentRule(self.ids.next_id("01Q"))
        self.lead_mapping: dict[str, tuple[str, str]] = {}
        self.deletions: dict[str, datetime] = {}
        self.switches = Switches()
        self.versions = Versions()
        self.faults = FaultInjector()
        self.calls = CallCounter()
        self.integration_user_id = ""
        self.automated_process_id = ""
        if self.state is None or self.state.new:
            seed_org(self)
        if self.state:
            keep_org(self.state, self)

    def now(self) -> datetime:
        """The world's time in whole seconds, as every stamp of the org is."""
        return whole_seconds(self.clock.now().astimezone(UTC))

    def user(self, user_id: str) -> Row:
        """The row of a user that exists."""
        row = self.store.table("User").get(user_id)
        if row is None:
            raise LookupError(f"no user {user_id}")
        return row

    def stamps(self, user_id: str) -> dict[str, Any]:
        """The audit fields of a record that this user creates now."""
        now = self.now()
        return {
            "CreatedDate": now,
            "CreatedById": user_id,
            "LastModifiedDate": now,
            "LastModifiedById": user_id,
            "SystemModstamp": now,
        }

    def insert(self, name: str, user_id: str, values: dict[str, Any]) -> Row:
        """Store a new record without any of the checks and effects an API write has."""
        sobject = self.schema.known(name)
        row: Row = {each.name: each.default for each in sobject.fields()}
        stamps = {key: value for key, value in self.stamps(user_id).items() if key in row}
        row.update({"Id": self.ids.next_id(sobject.key_prefix), **stamps, **values})
        self.store.put(sobject.name, row)
        return row

    def touch(self, name: str, row: Row, values: dict[str, Any]) -> Row:
        """Change a record as the system does: its SystemModstamp moves, its last editor not.

        Salesforce contract §13.
        """
        changed = {**row, **values, "SystemModstamp": self.now()}
        self.store.put(name, changed)
        return changed

    def delete(self, name: str, row: Row) -> None:
        """Put a record into the recycle bin and enter it in the log that getDeleted reads."""
        self.touch(name, row, {"IsDeleted": True})
        self.deletions[row["Id"]] = self.now()
