"""When the daily digest is due, and what stands in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from crmbridge.alert_settings import Digest
from crmbridge.core.model import ObjectType, Owner, OwnerKind, Ref
from crmbridge.operation.sla_digest import Owed, digest_due, of_manager, recipients, written

DIGEST = Digest.model_validate({"at": "08:00", "zone": "Europe/Berlin"})
TUESDAY = datetime(2026, 6, 9, 6, 0, tzinfo=UTC)
FRIDAY = datetime(2026, 10, 23, 6, 0, tzinfo=UTC)
"""08:00 in Berlin, both."""
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("last", "now", "due", "sent"),
    [
        (None, TUESDAY - HOUR / 60, False, False),
        (None, TUESDAY, True, True),
        (TUESDAY, TUESDAY + HOUR, False, False),
        (TUESDAY - HOUR, TUESDAY, True, True),
        (TUESDAY, TUESDAY + 24 * HOUR, True, True),
        (TUESDAY, TUESDAY + 28 * HOUR, True, False),
        (TUESDAY, TUESDAY + 4 * 24 * HOUR, False, False),
        # The clocks changed in the night to Sunday.
        (FRIDAY, FRIDAY + 72.5 * HOUR, False, False),
        (FRIDAY, FRIDAY + 73 * HOUR, True, True),
    ],
)
def test_it_is_due_once_a_working_day_in_its_zone_and_not_hours_later(
    last: datetime | None, now: datetime, due: bool, sent: bool
) -> None:
    assert (due, sent) == digest_due(DIGEST, last, now)


def owner(identity: str, name: str, manager: str | None = None, email: str | None = None) -> Owner:
    return Owner(
        ref=Ref(system="salesforce", object_type=ObjectType.OWNER, id=identity),
        name=name,
        kind=OwnerKind.HUMAN,
        email=email,
        manager_id=manager,
    )


OWNERS = {
    "005a": owner("005a", "Nora", "005m"),
    "005b": owner("005b", "Ben", "005n"),
    "005m": owner("005m", "Mara", email="mara@corp.example"),
    "005n": owner("005n", "Nils"),
}


def owed(uid: str, owner_id: str, hours: int, *, late: bool, name: str = "") -> Owed:
    ref = Ref(system="salesforce", object_type=ObjectType.LEAD, id=f"00Q{uid}")
    due = TUESDAY + hours * HOUR
    return Owed(uid=uid, owner_id=owner_id, due=due, late=late, record=ref, name=name)


FOUND = [
    owed("p1", "005a", -2, late=True, name="Ada Abbott"),
    owed("p2", "005b", 1, late=False),
    owed("p3", "005a", 2, late=False),
]


def page(ref: Ref) -> str:
    return f"https://corp.example/{ref.id}"


def test_owner_by_owner_those_with_most_missed_first() -> None:
    assert written(FOUND, OWNERS, page, DIGEST.zone, names=True).splitlines() == [
        "1 missed, 2 at risk. Times are those of Europe/Berlin.",
        "",
        "Nora https://corp.example/005a: 1 missed, 1 at risk",
        "- missed, was due Tue 09 Jun 06:00: Ada Abbott https://corp.example/00Qp1",
        "- at risk, due Tue 09 Jun 10:00: p3 https://corp.example/00Qp3",
        "",
        "Ben https://corp.example/005b: 0 missed, 1 at risk",
        "- at risk, due Tue 09 Jun 09:00: p2 https://corp.example/00Qp2",
    ]


def test_without_names_there_are_ids_and_links() -> None:
    text = written(FOUND, OWNERS, page, DIGEST.zone, names=False)
    assert "005a https://corp.example/005a: 1 missed" in text
    assert not any(name in text for name in ("Nora", "Ben", "Mara"))


def test_a_long_list_is_cut_and_says_so() -> None:
    many = [owed(f"p{each}", "005a", each, late=True) for each in range(40)]
    text = written(many, OWNERS, lambda _ref: None, DIGEST.zone, names=False)
    assert text.endswith("- and 25 more")
    assert 15 == text.count("was due")


def test_nothing_owed_is_no_digest() -> None:
    assert "" == written([], OWNERS, page, DIGEST.zone, names=False)


def test_managers_hear_of_their_own_reports() -> None:
    assert [OWNERS["005m"]] == recipients(FOUND, OWNERS), "the other one's address is not known"
    assert ["p1", "p3"] == [each.uid for each in of_manager(FOUND, OWNERS, "005m")]
    unknown = owed("p4", "00G1", 0, late=True)
    assert [] == recipients([unknown], OWNERS)
    assert "00G1: 1 missed" in written([unknown], OWNERS, page, DIGEST.zone, names=True)
