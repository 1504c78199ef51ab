"""The pulse of the daemon: what its latest cycle was like, for whoever asks from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import TypeAdapter
from sqlalchemy import delete

from crmbridge.store.queries import Queries
from crmbridge.store.tables import meta

_PULSE, _STANDBY = "pulse", "standby"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """How the daemon is ``at`` the end of a cycle: ``number`` and ``seconds`` are of the last one
    that finished, ``steps`` its parts; since then ``failures`` have failed, the latest for
    ``reason``. ``interval`` is how many seconds lie between two. ``shadow`` says why nothing is
    written, ``scope`` about whom alone something is, if so."""

    at: datetime
    interval: float
    number: int = 0
    finished_at: datetime | None = None
    seconds: float = 0.0
    steps: Mapping[str, float] = field(default_factory=dict)
    failures: int = 0
    reason: str = ""
    shadow: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standby:
    """The process ``name`` stands by, and was last there ``at``."""

    name: str
    at: datetime


_ADAPTER = TypeAdapter(Pulse)
_STANDBY_ADAPTER = TypeAdapter(Standby)


class PulseQueries(Queries):
    """Rows of the store's own notes."""

    def keep_pulse(self, pulse: Pulse) -> None:
        """Remember how the daemon is."""
        self._note(_PULSE, _ADAPTER.dump_json(pulse).decode())

    def pulse(self) -> Pulse | None:
        """How the daemon last was; ``None`` where none ever ran."""
        text = self._noted(_PULSE)
        return _ADAPTER.validate_json(text) if text else None

    def keep_standby(self, standby: Standby | None) -> None:
        """Remember who stands by; ``None`` where that one has taken over. Of several the one that
        was heard of last is known."""
        if standby is None:
            self._connection.execute(delete(meta).where(meta.c.name == _STANDBY))
            return
        value = _STANDBY_ADAPTER.dump_json(standby).decode()
        self._note(_STANDBY, value)

    def standby(self) -> Standby | None:
        """Who stood by when anybody was last heard of."""
        text = self._noted(_STANDBY)
        return _STANDBY_ADAPTER.validate_json(text) if text else None
