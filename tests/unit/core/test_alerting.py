"""A trouble is told once when it begins and once when it is over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

from crmbridge.core.alerting import Alert, AlertKind, News, Trouble, compare

NOON = datetime(2026, 6, 9, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DOWN = Trouble(kind=AlertKind.OUTAGE, subject="hubspot", text="down", remedy="wait")
OTHER = Trouble(kind=AlertKind.OUTAGE, subject="salesforce", text="down", remedy="wait")
FULL = Trouble(kind=AlertKind.BUDGET, subject="hubspot", text="runs out", remedy="look")
LOOKED = frozenset({AlertKind.OUTAGE, AlertKind.BUDGET})


def told(trouble: Trouble, at: datetime = NOON, seen: datetime | None = None) -> Alert:
    return Alert(trouble=trouble, since=at, seen_at=seen or at)


def news(known: Collection[Alert], found: Collection[Trouble], minutes: int) -> News:
    return compare(known, found, LOOKED, NOON + minutes * MINUTE)


def test_what_is_new_has_begun() -> None:
    assert news([], [DOWN], 0) == News(begun=(told(DOWN),))


def test_what_goes_on_is_no_news_but_its_text_is_kept_up_to_date() -> None:
    worse = Trouble(kind=DOWN.kind, subject=DOWN.subject, text="still down", remedy="wait")
    assert news([told(DOWN)], [worse], 5) == News(lasting=(told(worse, NOON, NOON + 5 * MINUTE),))


def test_what_is_gone_has_ended() -> None:
    assert news([told(DOWN)], [], 5) == News(ended=(told(DOWN),))


def test_two_systems_are_two_troubles() -> None:
    found = news([told(DOWN)], [OTHER], 5)
    assert [OTHER] == [each.trouble for each in found.begun]
    assert [DOWN] == [each.trouble for each in found.ended]
    assert {"outage:hubspot", "outage:salesforce"} == {DOWN.key, OTHER.key}


def test_a_kind_nobody_looked_for_neither_ends_nor_begins() -> None:
    known = [told(DOWN)]
    assert compare(known, [], {AlertKind.LOGIN}, NOON + MINUTE) == News(lasting=(told(DOWN),))


def test_a_forecast_that_wavers_has_ended_only_after_an_hour_of_calm() -> None:
    known = [told(FULL)]
    assert news(known, [], 59).lasting == (told(FULL),)
    assert news(known, [], 60).ended == (told(FULL),)
    again = news(known, [FULL], 30).lasting
    assert again == (told(FULL, NOON, NOON + 30 * MINUTE),)
    assert news(again, [], 80).lasting == again


def test_a_trouble_of_the_whole_bridge_is_known_by_its_kind() -> None:
    assert "held" == Trouble(kind=AlertKind.HELD, text="", remedy="").key
