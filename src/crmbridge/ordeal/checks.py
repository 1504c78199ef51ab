"""What must be true once both CRMs and the bridge are at rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from crmbridge.core.copies import without_copies
from crmbridge.core.facts import EngagementDetail, Evidence, FactKind
from crmbridge.core.fighting import FIGHT
from crmbridge.core.model import ObjectType, Record, Ref, Side
from crmbridge.ordeal.company import Company
from crmbridge.ordeal.truth import Engaged, Person, Truth
from crmbridge.store import Transaction

_SEEN = frozenset({Evidence.FORM, Evidence.PAGE, Evidence.CLICK, Evidence.REPLY, Evidence.MEETING})


def violations(company: Company, truth: Truth) -> list[str]:
    """Every broken promise in a sentence; empty where all were kept."""
    with company.store.read() as tx:
        return [
            *_journal(tx),
            *_facts(tx, truth),
            *_touches(tx, company, truth),
            *_persons(tx, truth),
            *_doubles(company),
            *_mirrors(tx, company),
            *_sides(tx, company),
        ]


def _journal(tx: Transaction) -> Iterator[str]:
    broken = tx.verify_journal()
    if broken is not None:
        yield f"journal entry {broken} is not what was written"


def _contacts(person: Person) -> list[Ref]:
    return [_contact(identity) for identity in dict.fromkeys(person.contacts)]


def _contact(identity: str) -> Ref:
    return Ref(system="hubspot", object_type=ObjectType.CONTACT, id=identity)


def _facts(tx: Transaction, truth: Truth) -> Iterator[str]:
    for person in truth.people:
        read: Counter[Engaged] = Counter()
        for fact in without_copies(tx.facts_of(_contacts(person))):
            detail = fact.detail
            if isinstance(detail, EngagementDetail) and detail.evidence in _SEEN:
                read[detail.evidence, detail.name, fact.at] += detail.count
        for act, times in (person.lived - read - person.unkept).items():
            yield f"contact {person.contacts[-1]}: lost {times} × {act[0]} {act[1]} at {act[2]}"
        for act, times in (read - person.lived).items():
            yield f"contact {person.contacts[-1]}: invented {times} × {act[0]} {act[1]} at {act[2]}"


def _touches(tx: Transaction, company: Company, truth: Truth) -> Iterator[str]:
    """A call that a rep logged is known once, unless its record is gone with it."""
    there = {row["Id"] for row in company.query("SELECT Id FROM Task WHERE WhoId != null")}
    known: Counter[str] = Counter()
    for uid in tx.linked_uids():
        for fact in tx.facts_of(tx.links(uid)):
            if fact.kind is FactKind.TOUCH:
                known.update(task for task in truth.touches if task[:15] in fact.key)
    for task in sorted(truth.touches & there):
        if known[task] != 1:
            yield f"task {task}: known {known[task]} times as a touch"


def _persons(tx: Transaction, truth: Truth) -> Iterator[str]:
    for person in truth.people:
        refs = _contacts(person)
        uids = {uid for ref in refs if (uid := tx.link(ref))}
        # Of a merge whose outcome was erased before anybody read it HubSpot tells nothing.
        if len(uids) > 1 and tx.link(refs[-1]) is not None:
            yield f"contact {person.contacts[-1]}: is {len(uids)} persons"


def _doubles(company: Company) -> Iterator[str]:
    """Nothing that crmbridge creates is there twice."""
    uids = Counter(
        each["properties"].get("crmbridge_uid") for each in company.contacts("crmbridge_uid")
    )
    for table, name in (("Lead", "CRMBridge_UID__c"), ("Task", "CRMBridge_Key__c")):
        keys = Counter(row[name] for row in company.rows(table, name) if row[name])
        yield from (f"{table} {key} is there {n} times" for key, n in keys.items() if n > 1)
    yield from (f"contact {uid} is there {n} times" for uid, n in uids.items() if uid and n > 1)


def _mirrors(tx: Transaction, company: Company) -> Iterator[str]:
    """The store holds of every record what its CRM shows."""
    found: dict[Side, list[Ref]] = {
        Side.MARKETING: [_contact(each["id"]) for each in company.contacts()],
        Side.SALES: [
            Ref(system="salesforce", object_type=kind, id=row["Id"])
            for table, kind in (("Lead", ObjectType.LEAD), ("Contact", ObjectType.CONTACT))
            for row in company.rows(table)
        ],
    }
    for side, refs in found.items():
        for shown in company.connector(side).fetch(refs).records:
            yield from _mirror(shown, tx.record(shown.ref))


def _mirror(shown: Record, held: Record | None) -> Iterator[str]:
    if shown.merged_into is not None:
        return
    if held is None:
        yield f"{shown.ref}: was never read"
        return
    # A field that was hidden when the record was last read is not held at all.
    wrong = sorted(
        n for n in shown.fields if n in held.fields and held.fields[n] != shown.fields[n]
    )
    if wrong:
        yield f"{shown.ref}: the store has another {', '.join(wrong)}"
    if held.deleted != shown.deleted:
        yield f"{shown.ref}: the store has it as deleted={held.deleted}"


def _sides(tx: Transaction, company: Company) -> Iterator[str]:
    """Both CRMs show the stage that was decided, unless something that waits says why not."""
    waiting = {item.operation.uid for item in tx.parked()} | {each.uid for each in tx.held()}
    waiting |= {each.uid for each in tx.open_reviews() if each.kind.startswith(FIGHT)}
    shown = [
        (_contact(each["id"]), each["properties"].get("crmbridge_stage"))
        for each in company.contacts("crmbridge_stage")
    ]
    shown += [
        (Ref(system="salesforce", object_type=kind, id=row["Id"]), row["CRMBridge_Stage__c"])
        for table, kind in (("Lead", ObjectType.LEAD), ("Contact", ObjectType.CONTACT))
        for row in company.rows(table, "CRMBridge_Stage__c")
        if not row.get("IsConverted")
    ]
    wrong: dict[tuple[str, str], list[str]] = {}
    right: set[tuple[str, str]] = set()
    for ref, stage in shown:
        uid = tx.link(ref)
        standing = tx.standing(uid) if uid else None
        if uid is None and tx.is_claimed(ref):
            continue
        if uid is None or standing is None:
            yield f"{ref}: nobody decided about it"
        elif stage == standing.stage:
            right.add((uid, ref.system))
        elif uid not in waiting:
            said = f"{ref}: shows {stage}, decided was {standing.stage}"
            wrong.setdefault((uid, ref.system), []).append(said)
    # Of several records of one person in a CRM crmbridge keeps one.
    yield from (said for each, told in wrong.items() if each not in right for said in told)
