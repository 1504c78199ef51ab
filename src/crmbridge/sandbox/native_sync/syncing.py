"""One run of the native sync: what changed in either CRM goes to the other, by its rules.

From HubSpot's knowledge base (HubSpot contract §7): a run every fifteen minutes; contacts on the
inclusion list become Salesforce leads, or are linked with the lead or contact of their address;
new leads and contacts become HubSpot contacts whatever the list says, and nothing more is passed
of those that are not on it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import requests

from crmbridge.clock import Clock
from crmbridge.errors import ConfigError
from crmbridge.sandbox.native_sync.deal_copies import DealCopies
from crmbridge.sandbox.native_sync.field_rules import FieldMapping, SyncRule
from crmbridge.sandbox.native_sync.field_table import BESIDE
from crmbridge.sandbox.native_sync.org_door import USER, OrgDoor, OrgRow
from crmbridge.sandbox.native_sync.pairs import (
    Owners,
    exchange,
    new_contact,
    new_lead,
    traces,
)
from crmbridge.sandbox.native_sync.passed import Passed
from crmbridge.sandbox.native_sync.portal_door import (
    ACCOUNT_ID,
    CONTACT_ID,
    DELETED,
    LEAD_ID,
    TOKEN_LABEL,
    PortalContact,
    PortalDoor,
)
from crmbridge.sandbox.native_sync.refusal import Refusal
from crmbridge.sandbox.seeding import API
from crmbridge.sandbox.servers import Sandbox

EVERY = timedelta(minutes=15)
INCLUSION_LIST = "Salesforce inclusion list"
INCLUDED = ("marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer")
"""The life-cycle stages of the people on it, as crmbridge shows them from MQL on."""


class NativeSync:
    """HubSpot's own Salesforce sync, modelled; runs when told, at every quarter of an hour.

    What both CRMs held after the last run is kept in memory: a model that is started again
    compares as after a reconnection. ``total`` counts what it did so far.
    """

    def __init__(
        self,
        portal: PortalDoor,
        org: OrgDoor,
        clock: Clock,
        mapping: Sequence[FieldMapping],
        *,
        inclusion_list: str,
        user_id: str,
    ) -> None:
        self._portal, self._org, self._clock = portal, org, clock
        self._mapping = [each for each in mapping if each.rule is not SyncRule.NONE]
        self._list, self._user_id = inclusion_list, user_id
        self._connected_at = self._since = clock.now()
        self._links = portal.linked()
        self._deals = DealCopies(portal)
        self._agreed: dict[str, dict[str, str]] = {}
        self._first = True
        self.next_at = _quarter_after(clock.now())
        self.total = Passed()

    @classmethod
    def connect(cls, sandbox: Sandbox, mapping: Sequence[FieldMapping] = BESIDE) -> NativeSync:
        """Install it between the two CRMs of a sandbox that was made for it: a user and a token
        of its own, the inclusion list, and the choices that mapped fields need. ``ConfigError``
        where the portal was made without it."""
        org = sandbox.salesforce_client(sandbox.connection()["salesforce"]["access_token"])
        users = org.get(f"{API}/query", q="SELECT Id, Name FROM User").json()["records"]
        found = [str(each["Id"]) for each in users if each["Name"] == USER]
        user_id = found[0] if found else str(org.sim("users", {"Name": USER})["id"])
        session = org.sim("session", {"user_id": user_id})["access_token"]
        token = sandbox.hubspot_client().sim("tokens", {"label": TOKEN_LABEL})["token"]
        if not sandbox.hubspot_client(token).get(f"/crm/v3/properties/contacts/{LEAD_ID}").ok:
            raise ConfigError(
                "these CRMs were made without --native-sync: take another --state folder"
            )
        portal = PortalDoor(sandbox.hubspot_client(token), [each.property for each in mapping])
        sales = OrgDoor(sandbox.salesforce_client(session), mapping)
        for each in mapping:
            if each.lead == "Status" and each.rule is not SyncRule.NONE:
                portal.offer(each.property, sales.statuses())
        inclusion_list = portal.find_or_make_list(INCLUSION_LIST, "lifecyclestage", INCLUDED)
        return cls(
            portal,
            sales,
            sandbox.clock,
            mapping,
            inclusion_list=inclusion_list,
            user_id=user_id,
        )

    def run(self) -> Passed:
        """Pass on what changed since the last run; what a CRM refuses is counted and left."""
        now = self._clock.now()
        passed = Passed()
        try:
            self._run(passed)
            self._since = now
        except Refusal as refusal:
            passed.errors[refusal.message] += 1
        except requests.RequestException as error:
            passed.errors[type(error).__name__] += 1
        self.next_at = _quarter_after(now)
        self.total.add(passed)
        return passed

    def _run(self, passed: Passed) -> None:
        rows = self._org.changed(self._since)
        changed = self._portal.changed(self._since)
        if not (rows or changed or self._first):
            return
        members = self._portal.members(self._list)
        people = [row for row in rows if row.sobject != "Opportunity"]
        self._follow(people, passed)
        concerned = {self._links[row.id] for row in people if row.id in self._links}
        concerned |= self._receive(people, passed)
        included = members if self._first else members & (changed | concerned)
        self._first = False
        self._sync(included, {row.id: row for row in people}, passed)
        deals = [row for row in rows if row.sobject == "Opportunity"]
        self._deals.copy(deals, self._links, passed)

    def _follow(self, people: Sequence[OrgRow], passed: Passed) -> None:
        """Conversions and deletions of linked records are noted on their contacts."""
        for row in people:
            contact = self._links.get(row.id)
            if contact is None:
                continue
            became = row.text("ConvertedContactId") if row.converted else ""
            if became and became not in self._links:
                noted = {CONTACT_ID: became, ACCOUNT_ID: row.text("ConvertedAccountId")}
                if self._write(contact, noted, passed):
                    self._links[became] = contact
            elif row.gone and self._write(contact, {DELETED: "true"}, passed):
                del self._links[row.id]

    def _receive(self, people: Sequence[OrgRow], passed: Passed) -> set[str]:
        """Records that are not linked: new ones get a contact or are linked with the one of their
        address; the contacts of all."""
        strangers = [
            row
            for row in people
            if row.email and row.id not in self._links and not (row.gone or row.converted)
        ]
        known = {
            each.values["email"].lower(): each
            for each in self._portal.read({row.email for row in strangers}, "email")
        }
        for row in strangers:
            new = datetime.fromisoformat(row.text("CreatedDate")) > self._connected_at
            contact = known.get(row.email)
            if not new or row.text("CreatedById") == self._user_id:
                continue
            if contact is None:
                self._make_contact(row, passed)
            elif not contact.sales_id and self._write(contact.id, traces(row), passed):
                self._links[row.id] = contact.id
                passed.linked += 1
        return {each.id for each in known.values()}

    def _make_contact(self, row: OrgRow, passed: Passed) -> None:
        try:
            self._links[row.id] = self._portal.create(new_contact(row, self._mapping))
            passed.contacts += 1
        except Refusal as refusal:
            passed.errors[refusal.message] += 1

    def _sync(self, ids: Collection[str], rows: Mapping[str, OrgRow], passed: Passed) -> None:
        """Link, hand over, or compare the contacts on the inclusion list."""
        if not ids:
            return
        contacts = self._portal.read(ids)
        wanted = {each.sales_id for each in contacts} - {""}
        known = {**self._org.read(wanted - rows.keys()), **rows}
        owners = self._owners()
        pairs: list[tuple[PortalContact, OrgRow]] = []
        alone: list[PortalContact] = []
        for each in contacts:
            row = known.get(each.sales_id)
            if row is not None and not (row.gone or row.converted):
                pairs.append((each, row))
            elif each.values["email"]:
                alone.append(each)
        found = self._org.by_email({each.values["email"].lower() for each in alone})
        for each in alone:
            row = found.get(each.values["email"].lower())
            if row is not None:
                self._links[row.id] = each.id
                passed.linked += 1
                pairs.append((each, row))
        # Whose record was deleted in Salesforce is not created there again; no source says it is.
        without = [
            each
            for each in alone
            if each.values["email"].lower() not in found and each.values[DELETED] != "true"
        ]
        pairs += self._make_leads(without, owners, passed)
        self._compare(pairs, owners, passed)

    def _make_leads(
        self, contacts: Sequence[PortalContact], owners: Owners, passed: Passed
    ) -> list[tuple[PortalContact, OrgRow]]:
        """The contacts with their new leads."""
        made = self._org.create_leads([new_lead(each, self._mapping, owners) for each in contacts])
        rows = self._org.read(each for each in made if isinstance(each, str))
        pairs: list[tuple[PortalContact, OrgRow]] = []
        for contact, lead in zip(contacts, made, strict=True):
            if isinstance(lead, Refusal):
                passed.errors[lead.message] += 1
                continue
            passed.leads += 1
            self._links[lead] = contact.id
            pairs.append((contact, rows[lead]))
        return pairs

    def _compare(
        self, pairs: Sequence[tuple[PortalContact, OrgRow]], owners: Owners, passed: Passed
    ) -> None:
        updates: list[tuple[str, dict[str, str | None]]] = []
        for contact, row in pairs:
            agreed = self._agreed.get(contact.id, {})
            made = exchange(contact, row, self._mapping, owners, agreed)
            self._agreed[contact.id] = made.agreed
            values = {**made.to_hubspot, **made.noted}
            if values and self._write(contact.id, values, passed):
                passed.to_hubspot += bool(made.to_hubspot)
            if made.to_salesforce:
                updates.append((row.id, made.to_salesforce))
        for result in self._org.update(updates):
            if isinstance(result, Refusal):
                passed.errors[result.message] += 1
            else:
                passed.to_salesforce += 1

    def _owners(self) -> Owners:
        users = self._org.users()
        owners = self._portal.owners()
        return Owners(
            users={owner: users[email] for owner, email in owners.items() if email in users}
        )

    def _write(self, contact: str, values: dict[str, str], passed: Passed) -> bool:
        try:
            self._portal.write(contact, values)
        except Refusal as refusal:
            passed.errors[refusal.message] += 1
            return False
        passed.records += 1
        return True


def _quarter_after(now: datetime) -> datetime:
    """The next quarter of an hour by the clock."""
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return start + EVERY * ((now - start) // EVERY + 1)
