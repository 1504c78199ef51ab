"""Turns rows into records and facts, object by object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
            for row in found:
                self._take_row(sobject, row)

    def _take_row(self, sobject: str, row: Row) -> None:
        if sobject == "Task":
            self._add_facts(task_facts(row, self.our_user))
        elif sobject == "Event":
            self._add_facts(event_facts(row, self.our_user, self.read_at))
        elif sobject == "CampaignMember":
            self._add_facts(campaign_facts(row))
        elif sobject == "OpportunityContactRole":
            self.relations.add(str(row["OpportunityId"]))
        else:
            self._take_record(OBJECT_TYPES[sobject], sobject, row)

    def _take_record(self, object_type: ObjectType, sobject: str, row: Row) -> None:
        if object_type is ObjectType.ACCOUNT and read_flag(row.get(FLAG)):
            return  # a private person is read as the contact
        record = read_record(self.schema.layout, object_type, row)
        self.records.append(record)
        if object_type is ObjectType.DEAL:
            self._add_facts(deal_facts(self.schema.layout, row, self.schema.stages))
        elif object_type in (ObjectType.LEAD, ObjectType.CONTACT):
            self._add_facts(
                person_facts(
                    self.schema.layout,
                    record.ref,
                    row,
                    tracked=sobject in self.schema.tracked,
                    read_at=self.read_at,
                )
            )
            self._take_account(read_parent_account(self.schema.layout, row))

    def _take_account(self, account: Record | None) -> None:
        """Many contacts show the same account."""
        if account is None or (account.ref.id, account.version) in self._accounts:
            return
        self._accounts.add((account.ref.id, account.version))
        self.records.append(account)

    def _add_facts(self, facts: Sequence[Fact]) -> None:
        for fact in facts:
            self.facts.setdefault(fact.key, fact)
