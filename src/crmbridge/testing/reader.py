"""Polls as the engine does: page by page, each with its position, the first fact of a key kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice

from crmbridge.core.facts import Fact
from crmbridge.core.model import Record
from crmbridge.ports import Checkpoint, Connector

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


class Reader:
    """What one stream has told so far: ``records`` in order, ``facts`` by key."""

    def __init__(self, connector: Connector, stream: str) -> None:
        self.connector = connector
        self.stream = stream
        self.position: Checkpoint = connector.start(stream, BEGINNING)
        self.records: list[Record] = []
        self.facts: dict[str, Fact] = {}

    def poll(self, *, pages: int | None = None) -> list[Record]:
        """Read to the end, or only the first ``pages``; what these showed."""
        shown: list[Record] = []
        for page in islice(self.connector.poll(self.stream, self.position), pages):
            assert page.checkpoint is not None
            # A position is stored as text and comes back as another object.
            self.position = replace(page.checkpoint, cursor=str(page.checkpoint.cursor))
            shown += page.records
            for fact in page.facts:
                self.facts.setdefault(fact.key, fact)
        self.records += shown
        return shown

    def last(self, identity: str) -> Record:
        """The latest record with that id."""
        return next(each for each in reversed(self.records) if each.ref.id == identity)

    def ids(self) -> set[str]:
        """Everybody who was shown."""
        return {each.ref.id for each in self.records}
