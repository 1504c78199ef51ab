"""Random lives in a portal, and what is read of them: nothing lost, nothing twice.

People fill in forms, look at pages, click and book meetings at random instants; a
reader polls at random intervals through an index that lags; contacts are merged and archived on the
way. What HubSpot itself does not keep is told apart: the acts of a merge's loser that no poll had
seen yet, because the merged contact has the winner's history.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from crmbridge.clock import WorldClock
from crmbridge.core.copies import without_copies
from crmbridge.core.facts import EngagementDetail, FactKind
from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.engine.polling import Poller
from crmbridge.ports import Connector, FieldNames
from crmbridge.simulation import SimulatorClient, SimulatorServer
from crmbridge.store import Store
from crmbridge_hubspot.plugin import plugin
from crmbridge_hubspot.settings import HubSpotSettings
from crmbridge_hubspot.simulator import HubSpotWorld, create_app

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTACTS = "/crm/v3/objects/contacts"
INTERVALS = (15, 60, 300, 3_600)
LAGS = (0, 3, 10, 30)
_SLOW_ENOUGH = timedelta(hours=26)
"""After so long the daily count has found what no poll shows."""

_KINDS = (
    *("form", "form", "webinar", "page", "page", "click", "open"),
    *("reply", "meeting", "sales_click", "sales_reply"),
)
_DATED = {"reply": "reply", "meeting": "meeting", "sales_click": "click", "sales_reply": "reply"}
"""Acts that HubSpot keeps as a date alone, and what they are evidence of."""

Act = tuple[str, str, datetime]


@dataclass(slots=True, kw_only=True)
class Lives:
    """``lived`` and ``read`` are the acts of every person, each as often as it happened or was
    read; ``unkept`` what HubSpot gave nobody a chance to read."""

    lived: dict[str, Counter[Act]] = field(default_factory=dict)
    read: dict[str, Counter[Act]] = field(default_factory=dict)
    unkept: dict[str, Counter[Act]] = field(default_factory=dict)
    polls: int = 0
    calls: int = 0
    merges: int = 0
    archives: int = 0

    @property
    def lost(self) -> int:
        """Acts that were kept by HubSpot and not read."""
        return sum(
            (acts - self.read[who] - self.unkept.get(who, Counter())).total()
            for who, acts in self.lived.items()
        )

    @property
    def invented(self) -> int:
        """Acts that were read and never happened, or read more often than they did."""
        return sum((acts - self.lived[who]).total() for who, acts in self.read.items())


def live(seed: int, people: int, acts: int, days: int, folder: Path) -> Lives:
    """Live so many acts of so many people in so many days, and read them."""
    world = HubSpotWorld(WorldClock(START), enforce_rate_limits=False)
    with (
        SimulatorServer(create_app(world)) as server,
        SimulatorClient(server.base_url, world.token("marketer")) as marketer,
    ):
        settings = HubSpotSettings(
            token=SecretStr(world.token("crmbridge")),
            base_url=server.base_url,
            searches_per_second=100_000,
        )
        connector = plugin.connect(settings, FieldNames())
        store = Store.open(folder / "lives.db")
        try:
            connector.provision({})
            return _Campaign(seed, world, marketer, connector, store).run(people, acts, days)
        finally:
            connector.close()
            store.close()


class _Campaign:
    def __init__(
        self,
        seed: int,
        world: HubSpotWorld,
        marketer: SimulatorClient,
        connector: Connector,
        store: Store,
    ) -> None:
        self._dice = random.Random(seed)
        self._world = world
        self._marketer = marketer
        self._connector = connector
        self._store = store
        self._poller = Poller(store, {Side.MARKETING: connector}, timedelta(hours=1))
        self._lives = Lives()
        self._ids: dict[str, list[str]] = {}
        self._alive: list[str] = []
        self._polled_at = self._next_poll = START
        self._last = ""
        self._dated: dict[tuple[str, str], datetime] = {}

    def run(self, people: int, acts: int, days: int) -> Lives:
        self._arrive(people)
        self._poll()
        pause = 2 * timedelta(days=days).total_seconds() / acts
        for number in range(acts):
            # Half of the acts follow each other closely, some at one and the same instant.
            self._wait(self._dice.choice((0, 3, 10, 25, pause, pause, 2 * pause, 3 * pause)))
            self._act()
            if number % 25 == 24:
                self._marketer.sim("config", {"index_lag_seconds": self._dice.choice(LAGS)})
                self._dice.choice((self._merge, self._archive, lambda: None))()
        self._marketer.sim("config", {"index_lag_seconds": 0})
        for rest in (timedelta(minutes=6), _SLOW_ENOUGH, timedelta(minutes=6)):
            self._world.clock.advance(rest.total_seconds())
            self._poll()
        self._read()
        return self._lives

    def _wait(self, seconds: float) -> None:
        """Let time pass, with polls when they are due."""
        until = self._now() + timedelta(seconds=seconds * self._dice.uniform(0.5, 1))
        while self._next_poll <= until:
            self._go_to(self._next_poll)
            self._poll()
            self._next_poll += timedelta(seconds=self._dice.choice(INTERVALS))
        self._go_to(until)

    def _go_to(self, at: datetime) -> None:
        if at > self._now():
            self._world.clock.set(at)

    def _now(self) -> datetime:
        return self._world.clock.now()

    def _arrive(self, count: int) -> None:
        for begin in range(0, count, 100):
            names = [f"p{n}@acme{n % 997}.example" for n in range(begin, min(begin + 100, count))]
            inputs = [{"properties": {"email": name}} for name in names]
            answer = self._marketer.post(f"{CONTACTS}/batch/create", {"inputs": inputs})
            made = {e["properties"]["email"]: str(e["id"]) for e in answer.json()["results"]}
            for name in names:
                self._ids[name] = [made[name]]
                self._lives.lived[name] = Counter()
                self._alive.append(name)

    def _poll(self) -> None:
        self._poller.poll(self._now())
        self._polled_at = self._now()
        self._lives.polls += 1

    def _act(self) -> None:
        who, now = self._dice.choice(self._alive), self._now()
        self._last = who
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as HubSpot keeps it
        path, body, act = self._choose(who, now)
        if path in _DATED and self._dated.get((who, path)) == now:
            return  # a date that is set to itself is no change, and HubSpot keeps no trace of it
        self._dated[who, path] = now
        self._marketer.sim(f"visitor/{path}", {"id": self._ids[who][-1], **body})
        if act is not None:
            self._lives.lived[who][act] += 1

    def _choose(self, who: str, now: datetime) -> tuple[str, dict[str, Any], Act | None]:
        match self._dice.choice(_KINDS):
            case "form":
                name = self._dice.choice(("Whitepaper", "Request a demo", "Newsletter"))
                return "form", {"form": name}, ("form", name, now)
            case "webinar":
                return "webinar", {"name": "Webinar Q2"}, ("form", "Webinar Q2", now)
            case "page":
                page = self._dice.choice(("/pricing", "/docs", "/careers"))
                return "page", {"url": f"https://us.example{page}"}, ("page", page, now)
            case "click":
                return "click", {}, ("click", "", now)
            case "open":
                return "open", {}, None
            case dated:
                return dated, {}, (_DATED[dated], "", now)

    def _merge(self) -> None:
        if len(self._alive) < 2:
            return
        # One of them did something just now, which is hardly known yet.
        winner, loser = self._two()
        self._world.clock.advance(3)
        now = self._now()
        body = {"primaryObjectId": self._ids[winner][-1], "objectIdToMerge": self._ids[loser][-1]}
        answer = self._marketer.post(f"{CONTACTS}/merge", body)
        if answer.status_code == 414:
            return  # as many identities as HubSpot takes
        assert answer.status_code == 200, answer.text
        self._world.clock.advance(3)
        seen = self._polled_at - timedelta(seconds=max(LAGS))
        unseen = Counter(
            {act: n for act, n in self._lives.lived[loser].items() if seen <= act[2] <= now}
        )
        self._lives.unkept.setdefault(winner, Counter()).update(unseen)
        self._lives.unkept[winner].update(self._lives.unkept.pop(loser, Counter()))
        self._lives.lived[winner].update(self._lives.lived.pop(loser))
        self._ids[winner] += [*self._ids.pop(loser), str(answer.json()["id"])]
        self._alive.remove(loser)
        self._lives.merges += 1

    def _two(self) -> tuple[str, str]:
        one, other = self._dice.sample(self._alive, 2)
        if self._last in self._alive and self._last != one:
            other = self._last
        return (one, other) if self._dice.random() < 0.5 else (other, one)

    def _archive(self) -> None:
        if len(self._alive) < 2:
            return
        who = self._last if self._last in self._alive else self._dice.choice(self._alive)
        answer = self._marketer.call("DELETE", f"{CONTACTS}/{self._ids[who][-1]}")
        assert answer.status_code == 204, answer.text
        self._alive.remove(who)
        self._lives.archives += 1

    def _read(self) -> None:
        self._lives.calls = self._connector.calls
        with self._store.read() as tx:
            for who, ids in self._ids.items():
                refs = [
                    Ref(system="hubspot", object_type=ObjectType.CONTACT, id=identity)
                    for identity in dict.fromkeys(ids)
                ]
                read: Counter[Act] = Counter()
                for fact in without_copies(tx.facts_of(refs)):
                    detail = fact.detail
                    if fact.kind is FactKind.ENGAGEMENT and isinstance(detail, EngagementDetail):
                        read[(detail.evidence.value, detail.name, fact.at)] += detail.count
                self._lives.read[who] = read
