"""Two simulated CRMs and one person in them: happenings go in, views come out.

It stands in for connectors and store: it keeps records, list memberships, facts and what was
last agreed. Only somebody who is merged into the person is decided about here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from crmbridge.core import fields as f
from crmbridge.core.decide import decide
from crmbridge.core.decision import Decision
from crmbridge.core.facts import Fact
from crmbridge.core.model import (
    ListState,
    ObjectType,
    Owner,
    Record,
    Ref,
    Side,
    SideView,
    Value,
)
from crmbridge.core.operations import Operation, OperationKind
from crmbridge.core.rules import Rules
from crmbridge.core.standing import Standing
from crmbridge.core.uniting import unite
from crmbridge.core.view import Colleague, PersonView
from crmbridge.rulebook.cases.happenings import fact_details
from crmbridge.rulebook.cases.schema import (
    HappeningSection,
    MemberSection,
    OtherSection,
    PersonSection,
)
from crmbridge.rulebook.cases.surface import PlainSurface

UID = "person"
BRIDGE_USER = "crmbridge"
_PERSONAL = (
    f.EMAIL,
    f.COMPANY,
    f.TITLE,
    f.INDUSTRY,
    f.EMPLOYEES,
    f.COUNTRY,
    f.LANGUAGE,
    f.STATE,
    f.CITY,
    f.REVENUE,
    f.ESTIMATED_VALUE,
    f.CURRENCY,
    f.LEAD_SOURCE,
    f.DEAL_REGISTRATION,
    f.PERSONA,
)


@dataclass(slots=True, kw_only=True)
class _Row:
    """One record in one CRM, and what that CRM last acknowledged."""

    ref: Ref
    born: datetime
    modified_at: datetime
    fields: dict[str, Value]
    base: dict[str, Value] = field(default_factory=dict)
    version: int = 1
    deleted: bool = False

    def record(self) -> Record:
        return Record(
            ref=self.ref,
            version=str(self.version),
            modified_at=self.modified_at,
            created_at=self.born,
            fields=dict(self.fields),
            deleted=self.deleted,
        )

    def change(self, values: Mapping[str, Value], at: datetime) -> None:
        self.fields.update(values)
        self.modified_at = max(self.modified_at, at)
        self.version += 1


class CaseWorld:
    """The person of one case; ``team`` are the CRMs' users and queues.

    A ``lenient`` world begins a record where something happens to one that is not there yet.
    """

    def __init__(
        self,
        person: PersonSection,
        team: Mapping[str, MemberSection],
        start: datetime,
        *,
        go_live: datetime,
        rules: Rules,
        lenient: bool = False,
    ) -> None:
        given = {name: getattr(person, name) for name in person.model_fields_set}
        self._owner = given.get("owner")
        self._marketing_owner = given.get("marketing_owner")
        self._go_live = go_live
        self._lenient = lenient
        self._rules = rules
        self._team = team
        born = given.get("since") or start - timedelta(days=1)
        personal = {name: given[name] for name in _PERSONAL if given.get(name) is not None}
        self._personal: dict[str, Value] = personal
        self._rows: dict[Side, _Row] = {}
        self._converted: _Row | None = None
        for side in person.known_to:
            self._rows[side] = self._new_row(side, born)
        for side, name in ((Side.SALES, f.STATUS), (Side.MARKETING, f.LIFECYCLE)):
            if side in self._rows and given.get(name) is not None:
                self._rows[side].fields[name] = given[name]
        self._owners: dict[Side, dict[str, Owner]] = {side: {} for side in Side}
        for name, member in team.items():
            self._owners[member.side][name] = Owner(
                ref=Ref(system=member.side.value, object_type=ObjectType.OWNER, id=name),
                name=name,
                email=member.email,
                kind=member.kind,
                time_zone=member.time_zone,
                active=member.active,
                manager_id=member.manager,
            )
        self._colleagues = given.get("colleagues", ())
        self._issued: set[str] = set()
        self._tasks: list[Operation] = []
        self._deals: dict[str, Record] = {}
        self._members: set[str] = set()
        self._agreed: set[str] = set()
        self._facts: list[Fact] = []
        self._folded: set[str] = set()
        self._standing: Standing | None = None

    def _new_row(self, side: Side, at: datetime) -> _Row:
        sales = side is Side.SALES
        ref = _sales_ref(ObjectType.LEAD, "00Q1") if sales else _CONTACT
        values = dict(self._personal)
        owner = self._owner if sales else self._marketing_owner
        if owner:
            values[f.OWNER_ID] = str(owner)
        return _Row(ref=ref, born=at, modified_at=at, fields=values)

    @property
    def lists(self) -> tuple[str, ...]:
        """The lists on which the marketing CRM shows the person."""
        return tuple(sorted(self._members))

    @property
    def issued_now(self) -> tuple[Operation, ...]:
        """The tasks that the last decision put before people."""
        return tuple(self._tasks)

    def shown(self, side: Side) -> Mapping[str, Value]:
        """What a CRM shows on the person's record; nothing where it knows none."""
        row = self._rows.get(side)
        return row.fields if row else {}

    def take(self, happening: HappeningSection, number: int, now: datetime) -> None:
        """Let something happen; its facts are first seen at ``now``."""
        self._change_existence(happening)
        self._change_records(happening)
        for turn in range(happening.repeat):
            at = happening.at + timedelta(seconds=turn * happening.every_seconds)
            for kind, detail in fact_details(happening, turn + 1):
                self._facts.append(
                    Fact(
                        key=f"{happening.key or f'case:{number}'}:{turn}",
                        ref=self._ref_of(happening),
                        kind=kind,
                        at=at,
                        detail=detail,
                        observed_at=max(happening.observed_at or now, at),
                    )
                )

    def _ref_of(self, happening: HappeningSection) -> Ref:
        if happening.what.startswith("deal_"):
            return _sales_ref(ObjectType.DEAL, str(happening.deal))
        by_sales = happening.what in ("touch", "status", "converted")
        if by_sales or happening.side is Side.SALES or Side.MARKETING not in self._rows:
            return self._row(Side.SALES, happening.at).ref
        return self._rows[Side.MARKETING].ref

    def _row(self, side: Side, at: datetime | None = None) -> _Row:
        if side not in self._rows and self._lenient and at is not None:
            self._rows[side] = self._new_row(side, at)
        if side not in self._rows:
            raise LookupError(f"{side} does not know the person yet")
        return self._rows[side]

    def _change_records(self, happening: HappeningSection) -> None:
        at = happening.at
        match happening.what:
            case "status":
                values: dict[str, Value] = {
                    f.STATUS: happening.value,
                    f.REASON: happening.reason,
                    f.REASON_DETAILS: happening.details,
                    f.RESUME_DATE: happening.resume,
                }
                self._row(Side.SALES, at).change(values, at)
            case "opt_out" | "opt_in" if happening.side is not None:
                told = {f.OPTED_OUT: happening.what == "opt_out"}
                self._row(happening.side, at).change(told, at)
            case "owned":
                self._owner = happening.by
                if Side.SALES in self._rows:
                    self._row(Side.SALES).change({f.OWNER_ID: happening.by}, at)
            case "listed":
                self._members.add(str(happening.name))
            case "unlisted":
                self._members.discard(str(happening.name))
            case "edited" if happening.side is not None and happening.field is not None:
                self._row(happening.side, at).change({happening.field: happening.value}, at)
            case "converted":
                self._convert(happening)
            case "deal_opened" | "deal_won" | "deal_lost":
                self._deal(happening)

    def _change_existence(self, happening: HappeningSection) -> None:
        """Records come, go, and become one."""
        at = happening.at
        match happening.what:
            case "deleted":
                row = self._row(Side.SALES, at)
                row.change({}, at)
                row.deleted = True
            case "appeared" if happening.side is not None:
                self._rows.setdefault(happening.side, self._new_row(happening.side, at))
            case "merged" if happening.other is not None:
                self._merge(happening.other, at)

    def _convert(self, happening: HappeningSection) -> None:
        lead = self._row(Side.SALES, happening.at)
        contact = _sales_ref(ObjectType.CONTACT, str(happening.contact))
        values: dict[str, Value] = {
            f.CONVERTED: True,
            f.CONVERTED_AT: happening.at,
            f.CONVERTED_CONTACT_ID: contact.id,
            f.CONVERTED_DEAL_ID: happening.deal,
        }
        lead.change(values, happening.at)
        self._converted = lead
        row = _Row(ref=contact, born=happening.at, modified_at=happening.at, fields={})
        row.fields = {**self._personal, f.OWNER_ID: lead.fields.get(f.OWNER_ID)}
        row.fields[f.OPTED_OUT] = lead.fields.get(f.OPTED_OUT)
        self._rows[Side.SALES] = row
        if happening.deal is not None:
            self._deal(happening)

    def _merge(self, section: OtherSection, at: datetime) -> None:
        """Play the other person's story, then make one person of the two, under a new id."""
        other = CaseWorld(
            section.person,
            self._team,
            min([at, *(happening.at for happening in section.happens)]),
            go_live=self._go_live,
            rules=self._rules,
            lenient=True,
        )
        for number, happening in enumerate(sorted(section.happens, key=lambda h: h.known_at)):
            other.take(happening, number, happening.known_at)
            now = happening.known_at
            other.accept(decide(other.view(now), self._rules, now), now)
        self._facts += [replace(fact, key=f"other:{fact.key}") for fact in other._facts]
        self._folded |= {f"other:{key}" for key in other._folded}
        if self._standing is not None and other._standing is not None:
            terminal = self._rules.recycling.terminal
            self._standing = unite(self._standing, other._standing, terminal)
        self._members |= other._members
        self._agreed |= other._agreed
        for side, row in other._rows.items():
            self._rows.setdefault(side, row)
        merged = self._row(Side.MARKETING, at)
        objects = any(row.fields.get(f.OPTED_OUT) for row in (merged, *other._rows.values()))
        merged.ref = Ref(system="marketing", object_type=ObjectType.CONTACT, id="901")
        merged.change({f.OPTED_OUT: True} if objects else {}, at)

    def _deal(self, happening: HappeningSection) -> None:
        ref = _sales_ref(ObjectType.DEAL, str(happening.deal))
        closed = happening.what in ("deal_won", "deal_lost")
        known = self._deals.get(ref.id)
        self._deals[ref.id] = Record(
            ref=ref,
            version=happening.at.isoformat(),
            modified_at=happening.at,
            created_at=known.created_at if known else happening.at,
            fields={
                f.IS_CLOSED: closed,
                f.IS_WON: happening.what == "deal_won",
                f.DEAL_TYPE: happening.deal_type
                or (known.fields.get(f.DEAL_TYPE) if known else None),
            },
        )

    def _others(self, now: datetime) -> tuple[Colleague, ...]:
        found = []
        for other in self._colleagues:
            acts = [at for at in other.engaged if at <= now]
            if acts:
                found.append(
                    Colleague(
                        uid=other.name,
                        fit=other.fit,
                        known_since=other.known_since or min(acts),
                        active_from=max(acts),
                        active_until=max(acts) + self._rules.score.lift.active,
                    )
                )
        return tuple(found)

    def view(self, now: datetime) -> PersonView:
        """Everything the bridge knows at ``now``."""
        return PersonView(
            uid=UID,
            go_live=self._go_live,
            surfaces={side: PlainSurface() for side in Side},
            marketing=self._side(Side.MARKETING),
            sales=self._side(Side.SALES),
            owners=self._owners,
            deals=tuple(self._deals.values()),
            lists=ListState(members=frozenset(self._members), agreed=frozenset(self._agreed)),
            facts=tuple(self._facts),
            fresh=frozenset(fact.key for fact in self._facts) - self._folded,
            standing=self._standing,
            our_users=frozenset({BRIDGE_USER}),
            colleagues=self._others(now),
            issued=frozenset(self._issued),
        )

    def _side(self, side: Side) -> SideView | None:
        row = self._rows.get(side)
        if row is None:
            return None
        others = (self._converted.record(),) if side is Side.SALES and self._converted else ()
        return SideView(record=row.record(), base=dict(row.base), others=others)

    def accept(self, decision: Decision, now: datetime) -> list[str]:
        """Remember the decision and do what it wants written; what could not be done comes
        back as sentences."""
        self._standing = decision.standing
        self._folded |= decision.folded
        self._tasks.clear()
        refused = (self._apply(operation, now) for operation in decision.operations)
        return [problem for problem in refused if problem]

    def _apply(self, operation: Operation, now: datetime) -> str:
        match operation.kind:
            case OperationKind.CREATE:
                if operation.side in self._rows:
                    return f"would create a second record for {operation.side}"
                self._rows[operation.side] = self._new_row(operation.side, now)
            case OperationKind.TASK:
                self._issued.add(str(operation.values[f.TASK_KEY]))
                self._tasks.append(operation)
                return ""
            case OperationKind.ENROL | OperationKind.WITHDRAW:
                name = str(operation.list_name)
                for members in (self._members, self._agreed):
                    members.discard(name)
                    members |= {name} if operation.kind is OperationKind.ENROL else set()
                return ""
        row = self._rows.get(operation.side)
        if row is None or (operation.target is not None and operation.target != row.ref):
            return f"would write to {operation.target}, which cannot be written"
        row.change(operation.values, now)
        row.base |= operation.values
        return ""


_CONTACT = Ref(system="marketing", object_type=ObjectType.CONTACT, id="101")


def _sales_ref(object_type: ObjectType, identity: str) -> Ref:
    return Ref(system="sales", object_type=object_type, id=identity)
