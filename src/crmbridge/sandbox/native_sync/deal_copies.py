"""Deals that the native sync copies from opportunities, with the id that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crmbridge.sandbox.native_sync.org_door import OrgRow
from crmbridge.sandbox.native_sync.passed import Passed
from crmbridge.sandbox.native_sync.portal_door import DEAL_ID, DEAL_STAGE, PortalDoor
from crmbridge.sandbox.native_sync.refusal import Refusal

_OPEN, _WON, _LOST = "appointmentscheduled", "closedwon", "closedlost"


class DealCopies:
    """Opportunity → deal; opportunities of people whom HubSpot does not know are left out."""

    def __init__(self, portal: PortalDoor) -> None:
        self._portal = portal
        self._deals = portal.deals()
        self._copied: dict[str, dict[str, str]] = {}

    def copy(self, rows: Iterable[OrgRow], contacts: Mapping[str, str], passed: Passed) -> None:
        """Make or change the deals of these opportunities; ``contacts`` is Salesforce contact →
        HubSpot contact."""
        for row in rows:
            contact = contacts.get(row.text("ContactId"))
            if contact is None or row.gone:
                continue
            try:
                self._copy(row, contact, passed)
            except Refusal as refusal:
                passed.errors[refusal.message] += 1

    def _copy(self, row: OrgRow, contact: str, passed: Passed) -> None:
        values = _deal(row)
        if self._copied.get(row.id) == values:
            return
        known = self._deals.get(row.id)
        if known is None:
            known = self._deals[row.id] = self._portal.create(values, "deals")
            self._portal.associate(known, contact)
        else:
            self._portal.write(known, values, "deals")
        self._portal.write(contact, {DEAL_STAGE: row.text("StageName")})
        self._copied[row.id] = values
        passed.deals += 1


def _deal(row: OrgRow) -> dict[str, str]:
    stage = (_WON if row.values["IsWon"] else _LOST) if row.values["IsClosed"] else _OPEN
    values = {
        DEAL_ID: row.id,
        "dealname": row.text("Name"),
        "amount": row.text("Amount"),
        "dealstage": stage,
    }
    return {name: value for name, value in values.items() if value}
