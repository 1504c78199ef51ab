"""One person in two CRMs without a network: facts in, decisions out, writes applied."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

from crmbridge.core import fields as f
from crmbridge.core.decide import decide
from crmbridge.core.decision import Decision
from crmbridge.core.facts import (
    Channel,
    ConsentDetail,
    ConversionDetail,
    DealDetail,
    Detail,
    EngagementDetail,
    Evidence,
    Fact,
    FactKind,
    NoDetail,
    StatusDetail,
    TouchDetail,
)
from crmbridge.core.model import (
    ListState,
    ObjectType,
    Owner,
    OwnerKind,
    Record,
    Ref,
    Side,
    SideView,
    Value,
)
from crmbridge.core.operations import OperationKind
from crmbridge.core.rules import Rules
from crmbridge.core.standing import Standing
from crmbridge.core.view import PersonView
from crmbridge.rulebook import load
from crmbridge.rulebook.locating import packaged

DAY = datetime(2026, 6, 9, tzinfo=UTC)
GO_LIVE = datetime(2026, 1, 1, tzinfo=UTC)
CONTACT = Ref(system="hubspot", object_type=ObjectType.CONTACT, id="501")
LEAD = Ref(system="salesforce", object_type=ObjectType.LEAD, id="00Q1")
DEAL = Ref(system="salesforce", object_type=ObjectType.DEAL, id="006")
REP, ROBOT, OURS = "005rep", "005robot", "005ours"
GOOD_FIT: Mapping[str, Value] = {
    f.EMAIL: "ada@northwind.example",
    f.TITLE: "VP Operations",
    f.INDUSTRY: "Logistics",
    f.EMPLOYEES: 800,
    f.COUNTRY: "Germany",
}
WORDS = "Told us the budget is frozen until spring"


def at(text: str) -> datetime:
    """``06-09 14:00`` of 2026, UTC."""
    return datetime.fromisoformat(f"2026-{text.replace(' ', 'T')}:00+00:00")


@cache
def default_rules() -> Rules:
    """The packaged rule book."""
    return load(packaged())


class EchoSurface:
    """A CRM that holds what it is given and has every field."""

    def project(self, object_type: ObjectType, field: str, value: Value) -> Value:
        return value

    def writable(self, object_type: ObjectType) -> frozenset[str]:
        shared = {f.LIFECYCLE, f.LEAD_STATUS} if object_type is ObjectType.CONTACT else {f.STATUS}
        names = {
            f.EMAIL,
            f.TITLE,
            f.INDUSTRY,
            f.COUNTRY,
            f.LAST_NAME,
            f.FIRST_NAME,
            f.COMPANY,
            f.OWNER_ID,
            f.EMPLOYEES,
        }
        tasks = {f.TASK_KEY} if object_type is ObjectType.ACTIVITY else set()
        return frozenset({*f.WRITTEN, f.UID, f.OPTED_OUT, *shared, *names, *tasks})


class Person:
    """Facts are added, decisions taken, and their writes applied to both records."""

    def __init__(self, rules: Rules | None = None, /, **fields: Value) -> None:
        self.rules = rules or default_rules()
        self.born = at("06-01 08:00")
        self.marketing: Record | None = self._record(CONTACT, {**GOOD_FIT, **fields})
        self.sales: Record | None = None
        self.accounts: dict[Side, Record] = {}
        self.base: dict[Side, dict[str, Value]] = {Side.MARKETING: {}, Side.SALES: {}}
        self.owners = {
            REP: _owner(REP, "Nora", OwnerKind.HUMAN, "Europe/Berlin"),
            ROBOT: _owner(ROBOT, "Outreach Automation", OwnerKind.AUTOMATION, None),
            "00Gqueue": _owner("00Gqueue", "New leads", OwnerKind.QUEUE, None),
        }
        self.marketing_owners: dict[str, Owner] = {}
        self.deals: tuple[Record, ...] = ()
        self.lists = ListState()
        self.facts: list[Fact] = []
        self.folded: set[str] = set()
        self.standing: Standing | None = None
        self.go_live = GO_LIVE
        self.issued: set[str] = set()
        self.paused: dict[Side, dict[str, str]] = {}
        self.surfaces: dict[Side, EchoSurface] = {side: EchoSurface() for side in Side}

    def _record(self, ref: Ref, fields: Mapping[str, Value]) -> Record:
        return Record(
            ref=ref, version="1", modified_at=self.born, created_at=self.born, fields=dict(fields)
        )

    def with_lead(self, **fields: Value) -> Person:
        """Sales knows the person, too; the rep owns the lead unless told otherwise."""
        self.sales = self._record(LEAD, {**GOOD_FIT, f.OWNER_ID: REP, **fields})
        return self

    def add(
        self, kind: FactKind, when: str, detail: Detail, *, seen: str | None = None, ref: Ref = LEAD
    ) -> Person:
        happened = at(when)
        self.facts.append(
            Fact(
                key=f"{kind}:{when}:{len(self.facts)}",
                ref=ref,
                kind=kind,
                at=happened,
                detail=detail,
                observed_at=at(seen) if seen else happened,
            )
        )
        return self

    def form(self, when: str, name: str, seen: str | None = None) -> Person:
        detail = EngagementDetail(evidence=Evidence.FORM, name=name)
        return self.add(FactKind.ENGAGEMENT, when, detail, seen=seen, ref=CONTACT)

    def page(self, when: str, path: str) -> Person:
        detail = EngagementDetail(evidence=Evidence.PAGE, name=path, target=path)
        return self.add(FactKind.ENGAGEMENT, when, detail, ref=CONTACT)

    def demo(self, when: str, seen: str | None = None) -> Person:
        return self.form(when, "Request a demo", seen)

    def touch(self, when: str, by: str = REP, seen: str | None = None, **more: object) -> Person:
        automated, subject = bool(more.get("automated")), str(more.get("subject", "Call"))
        detail = TouchDetail(channel=Channel.CALL, by=by, automated=automated, subject=subject)
        return self.add(FactKind.TOUCH, when, detail, seen=seen)

    def status(
        self,
        when: str,
        value: str,
        reason: str | None = None,
        details: str | None = WORDS,
        by: str = REP,
        *,
        resume: date | None = None,
        history_missing: bool = False,
    ) -> Person:
        detail = StatusDetail(
            value=value,
            by=by,
            reason=reason,
            details=details,
            resume=resume,
            history_missing=history_missing,
        )
        return self.add(FactKind.STATUS, when, detail)

    def deal(
        self,
        kind: FactKind,
        when: str,
        ref: Ref = DEAL,
        reason: str | None = None,
        details: str | None = WORDS,
    ) -> Person:
        detail = DealDetail(stage="x", by=REP, reason=reason, details=details)
        return self.add(kind, when, detail, ref=ref)

    def convert(self, when: str, deal: Ref | None = None) -> Person:
        return self.add(FactKind.CONVERSION, when, ConversionDetail(by=REP, deal=deal))

    def consent(self, kind: FactKind, when: str) -> Person:
        return self.add(kind, when, ConsentDetail(source="hubspot"), ref=CONTACT)

    def plain(self, kind: FactKind, when: str) -> Person:
        return self.add(kind, when, NoDetail())

    def view(self, now: datetime) -> PersonView:
        known = tuple(fact for fact in self.facts if (fact.observed_at or fact.at) <= now)
        return PersonView(
            uid="u1",
            go_live=self.go_live,
            surfaces=self.surfaces,
            marketing=self._side(self.marketing, Side.MARKETING),
            sales=self._side(self.sales, Side.SALES),
            accounts=self.accounts,
            owners={Side.SALES: self.owners, Side.MARKETING: self.marketing_owners},
            deals=self.deals,
            lists=self.lists,
            facts=known,
            fresh=frozenset(fact.key for fact in known) - self.folded,
            standing=self.standing,
            our_users=frozenset({OURS}),
            issued=frozenset(self.issued),
            paused=self.paused,
        )

    def _side(self, record: Record | None, side: Side) -> SideView | None:
        return SideView(record=record, base=self.base[side]) if record else None

    def decide(self, when: str) -> Decision:
        """Decide at an instant and let both CRMs take what is to be written."""
        now = at(when)
        decision = decide(self.view(now), self.rules, now)
        self.standing = decision.standing
        self.folded |= decision.folded
        for operation in decision.operations:
            if operation.kind is OperationKind.TASK:
                self.issued.add(str(operation.values[f.TASK_KEY]))
                continue
            self._take(operation.kind, operation.side, operation.values, operation.list_name)
        return decision

    def _take(
        self, kind: OperationKind, side: Side, values: dict[str, Value], name: str | None
    ) -> None:
        if kind is OperationKind.ENROL and name:
            self.lists = ListState(
                members=self.lists.members | {name}, agreed=self.lists.agreed | {name}
            )
        elif kind is OperationKind.WITHDRAW and name:
            self.lists = ListState(
                members=self.lists.members - {name}, agreed=self.lists.agreed - {name}
            )
        elif side is Side.SALES:
            self.sales = self._held(self.sales or self._record(LEAD, {}), values)
            self.base[side].update(values)
        else:
            self.marketing = self._held(self.marketing or self._record(CONTACT, {}), values)
            self.base[side].update(values)

    def _held(self, record: Record, values: dict[str, Value]) -> Record:
        return replace(record, fields={**record.fields, **values})


def _owner(identity: str, name: str, kind: OwnerKind, zone: str | None) -> Owner:
    ref = Ref(system="salesforce", object_type=ObjectType.OWNER, id=identity)
    email = f"{name.split()[0].lower()}@crmbridge.example"
    return Owner(ref=ref, name=name, kind=kind, time_zone=zone, email=email)


def account(side: Side, **fields: Value) -> Record:
    """A company record."""
    ref = Ref(system="x", object_type=ObjectType.ACCOUNT, id=f"acc-{side}")
    return Record(ref=ref, version="1", modified_at=GO_LIVE + timedelta(days=1), fields=fields)


def user(identity: str, **more: object) -> Owner:
    """Somebody who works in the sales CRM."""
    ref = Ref(system="salesforce", object_type=ObjectType.OWNER, id=identity)
    given: dict[str, object] = {"name": identity, "kind": OwnerKind.HUMAN, **more}
    return Owner(ref=ref, **given)  # type: ignore[arg-type]


def tasks(decision: Decision) -> dict[str, object]:
    """Step and assignee of every task that a decision makes."""
    return {
        str(operation.values[f.TASK_KEY]).split(":", 2)[2]: operation.values[f.OWNER_ID]
        for operation in decision.operations
        if operation.kind is OperationKind.TASK
    }
