"""The native sync at Salesforce's door, as its integration user: what changed, who has an address,
and writes that leave owners alone unless it knows one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from crmbridge.sandbox.native_sync.field_rules import FieldMapping
from crmbridge.sandbox.native_sync.refusal import Refusal, checked
from crmbridge.sandbox.seeding import API
from crmbridge.simulation import SimulatorClient

USER = "HubSpot Integration"
_AUDIT = ("Id", "IsDeleted", "CreatedDate", "CreatedById", "SystemModstamp")
_PERSON = (*_AUDIT, "Email", "OwnerId")
_EXTRA = {
    "Lead": ("IsConverted", "ConvertedContactId", "ConvertedAccountId"),
    "Contact": ("AccountId",),
}
_DEAL = (*_AUDIT, "Name", "StageName", "Amount", "CloseDate", "IsClosed", "IsWon", "ContactId")
_IDS, _ROWS = 100, 200
_KEEP_OWNER = {"Sforce-Auto-Assign": "FALSE"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgRow:
    """A lead, a contact or an opportunity; a blank value is ""."""

    sobject: str
    values: dict[str, Any]

    @property
    def id(self) -> str:
        """Its id."""
        return str(self.values["Id"])

    @property
    def modified_at(self) -> datetime:
        """When it was last changed."""
        return datetime.fromisoformat(self.values["SystemModstamp"])

    @property
    def gone(self) -> bool:
        """Whether it was deleted."""
        return bool(self.values["IsDeleted"])

    @property
    def email(self) -> str:
        """The address in lower case."""
        return self.text("Email").lower()

    @property
    def converted(self) -> bool:
        """Whether it is a lead that became a contact."""
        return bool(self.values.get("IsConverted"))

    def text(self, name: str) -> str:
        """A value as text."""
        value = self.values.get(name)
        return "" if value is None else str(value)


class OrgDoor:
    """The org as the connector's own user sees it."""

    def __init__(self, org: SimulatorClient, mapping: Sequence[FieldMapping]) -> None:
        self._org = org
        self._fields = {
            sobject: sorted(
                {*_PERSON, *extra, *filter(None, (each.field_of(sobject) for each in mapping))}
            )
            for sobject, extra in _EXTRA.items()
        }
        self._fields["Opportunity"] = sorted(_DEAL)

    def changed(self, since: datetime) -> list[OrgRow]:
        """Leads, contacts and opportunities changed or deleted since; one call while they fit."""
        where = f"SystemModstamp >= {since.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
        asked = [
            {
                "method": "GET",
                "url": f"{API}/queryAll?q={quote(self._soql(sobject, where))}",
                "referenceId": sobject,
            }
            for sobject in self._fields
        ]
        answer = checked(self._org.post(f"{API}/composite", {"compositeRequest": asked}))
        found: list[OrgRow] = []
        for sobject, part in zip(self._fields, answer["compositeResponse"], strict=True):
            if part["httpStatusCode"] != 200:
                raise Refusal(f"{part['httpStatusCode']} from a query of {sobject}")
            found += self._rows(sobject, part["body"])
        return found

    def by_email(self, addresses: Iterable[str]) -> dict[str, OrgRow]:
        """Address → the record to sync with: a contact before a lead that is none yet, and of
        several the last changed."""
        found: dict[str, OrgRow] = {}
        for sobject, more in (("Contact", ""), ("Lead", " AND IsConverted = false")):
            rows = self._query_in(sobject, "Email", addresses, more)
            for row in sorted(rows, key=lambda each: each.modified_at, reverse=True):
                found.setdefault(row.email, row)
        return found

    def read(self, ids: Iterable[str]) -> dict[str, OrgRow]:
        """Id → lead or contact; what was deleted is left out."""
        wanted = list(ids)
        leads = [each for each in wanted if each.startswith("00Q")]
        contacts = [each for each in wanted if each.startswith("003")]
        rows = self._query_in("Lead", "Id", leads) + self._query_in("Contact", "Id", contacts)
        return {row.id: row for row in rows}

    def statuses(self) -> list[str]:
        """The values that a lead's status may have."""
        answer = checked(self._org.get(f"{API}/query", q="SELECT ApiName FROM LeadStatus"))
        return [str(each["ApiName"]) for each in answer["records"]]

    def users(self) -> dict[str, str]:
        """Address in lower case → active user."""
        soql = "SELECT Id, Email FROM User WHERE IsActive = true"
        answer = checked(self._org.get(f"{API}/query", q=soql))
        return {str(each["Email"]).lower(): str(each["Id"]) for each in answer["records"]}

    def create_leads(self, leads: Sequence[dict[str, Any]]) -> list[str | Refusal]:
        """Make leads, in order: the new id, or why it was refused. One without an owner gets the
        one whom the org's assignment rule names."""
        found: dict[int, str | Refusal] = {}
        for owned, headers in ((False, {}), (True, _KEEP_OWNER)):
            places = [at for at, each in enumerate(leads) if ("OwnerId" in each) is owned]
            rows = [{"attributes": {"type": "Lead"}, **leads[at]} for at in places]
            found.update(zip(places, self._save("POST", rows, headers), strict=True))
        return [found[at] for at in range(len(leads))]

    def update(self, changes: Sequence[tuple[str, dict[str, Any]]]) -> list[str | Refusal]:
        """Change leads and contacts, in order; owners stay as they are or as they are told."""
        rows = [
            {
                "attributes": {"type": "Lead" if identity.startswith("00Q") else "Contact"},
                "Id": identity,
                **values,
            }
            for identity, values in changes
        ]
        return self._save("PATCH", rows, _KEEP_OWNER)

    def _save(
        self, method: str, rows: Sequence[dict[str, Any]], headers: dict[str, str]
    ) -> list[str | Refusal]:
        found: list[str | Refusal] = []
        for start in range(0, len(rows), _ROWS):
            body = {"allOrNone": False, "records": list(rows[start : start + _ROWS])}
            answer = self._org.call(method, f"{API}/composite/sobjects", body, headers=headers)
            for each in checked(answer):
                code = "" if each["success"] else str(each["errors"][0]["statusCode"])
                found.append(Refusal(code) if code else str(each["id"]))
        return found

    def _query_in(
        self, sobject: str, name: str, values: Iterable[str], more: str = ""
    ) -> list[OrgRow]:
        found: list[OrgRow] = []
        ordered = sorted(values)
        for start in range(0, len(ordered), _IDS):
            listed = ", ".join(_quoted(each) for each in ordered[start : start + _IDS])
            soql = self._soql(sobject, f"{name} IN ({listed}){more}")
            found += self._rows(sobject, checked(self._org.get(f"{API}/query", q=soql)))
        return found

    def _soql(self, sobject: str, where: str) -> str:
        return f"SELECT {', '.join(self._fields[sobject])} FROM {sobject} WHERE {where}"  # noqa: S608

    def _rows(self, sobject: str, page: dict[str, Any]) -> list[OrgRow]:
        rows = list(page["records"])
        while not page["done"]:
            page = checked(self._org.get(page["nextRecordsUrl"]))
            rows += page["records"]
        return [OrgRow(sobject=sobject, values=row) for row in rows]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
