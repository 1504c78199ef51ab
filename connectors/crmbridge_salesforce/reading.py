"""Turns rows into records and facts, object by object."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from crmbridge.core.facts import Fact
from crmbridge.core.model import ObjectType, Record
from crmbridge_salesforce.campaign_facts import campaign_facts
from crmbridge_salesforce.deal_facts import deal_facts
from crmbridge_salesforce.facts import person_facts
from crmbridge_salesforce.mapping import OBJECT_TYPES
from crmbridge_salesforce.payload import Row, read_flag
from crmbridge_salesforce.person_accounts import FLAG
from crmbridge_salesforce.records import read_parent_account, read_record
from crmbridge_salesforce.schema import OrgSchema
from crmbridge_salesforce.touch_facts import event_facts, task_facts


@dataclass(slots=True, kw_only=True)
class Reading:
    """What rows read at vendor time ``read_at`` show; the first fact of a key is kept.

    ``relations`` are the ids of opportunities whose contact roles changed.
    """

    schema: OrgSchema
    our_user: str
    read_at: datetime
    records: list[Record] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    relations: set[str] = field(default_factory=set)
    _accounts: set[tuple[str, str]] = field(default_factory=set)

    def take(self, rows: Mapping[str, Sequence[Row]]) -> None:
        """Add the rows of several objects."""
        for sobject, found in rows.items():
            take = self._taker(sobject)
            for row in found:
                take(row)

    def _taker(self, sobject: str) -> Callable[[Row], None]:
        """What is to be done with every row of an object."""
        match sobject:
            case "Task":
                return lambda row: self._add_facts(task_facts(row, self.our_user))
            case "Event":
                return lambda row: self._add_facts(event_facts(row, self.our_user, self.read_at))
            case "CampaignMember":
                return lambda row: self._add_facts(campaign_facts(row))
            case "OpportunityContactRole":
                return lambda row: self.relations.add(str(row["OpportunityId"]))
            case "Account":
                return self._take_company
            case "Opportunity":
                return self._take_deal
            case _:
                tracked = sobject in self.schema.tracked
                kind = OBJECT_TYPES[sobject]
                return lambda row: self._take_person(kind, row, tracked=tracked)

    def _take_company(self, row: Row) -> None:
        if not read_flag(row.get(FLAG)):  # a private person is read as the contact
            self.records.append(read_record(self.schema.layout, ObjectType.ACCOUNT, row))

    def _take_deal(self, row: Row) -> None:
        self.records.append(read_record(self.schema.layout, ObjectType.DEAL, row))
        self._add_facts(deal_facts(self.schema.layout, row, self.schema.stages))

    def _take_person(self, kind: ObjectType, row: Row, *, tracked: bool) -> None:
        layout = self.schema.layout
        record = read_record(layout, kind, row)
        self.records.append(record)
        self._add_facts(
            person_facts(layout, record.ref, row, tracked=tracked, read_at=self.read_at)
        )
        if kind is ObjectType.CONTACT:
            self._take_account(read_parent_account(layout, row))

    def _take_account(self, account: Record | None) -> None:
        """Many contacts show the same account."""
        if account is None or (account.ref.id, account.version) in self._accounts:
            return
        self._accounts.add((account.ref.id, account.version))
        self.records.append(account)

    def _add_facts(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            self.facts.setdefault(fact.key, fact)
