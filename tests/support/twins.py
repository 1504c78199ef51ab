"""One simulator twice, in memory and in a file: whatever is asked, both answer the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from crmbridge.clock import WorldClock
from crmbridge.simulation import SimulatorClient, SimulatorServer, StateFile, collapse_ids

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


class World(Protocol):
    """What both simulators' worlds have in common."""

    state: StateFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How to make a world in a file (None: in memory), serve it, and get a token of it."""

    make: Callable[[WorldClock, Path | None], Any]
    serve: Callable[[Any], ASGIApp]
    token: Callable[[Any], str]


class Twins:
    """Sends every request to both and compares the answers, status and body."""

    def __init__(self, kind: Kind, path: Path) -> None:
        self._kind = kind
        self._path = path
        self._clocks = WorldClock(START), WorldClock(START)
        self._worlds = [kind.make(self._clocks[0], None), kind.make(self._clocks[1], path)]
        self._apps = [kind.serve(world) for world in self._worlds]
        self._clients: list[SimulatorClient] = []
        self.succeeded: Counter[str] = Counter()
        """How often both carried out each kind of request, "METHOD " alone for refused ones."""

    @contextmanager
    def served(self) -> Iterator[Twins]:
        """Both behind a server each; the file is closed in the end."""
        with ExitStack() as stack:
            for place in range(2):
                server = stack.enter_context(SimulatorServer(self._app(place)))
                client = SimulatorClient(server.base_url, self._kind.token(self._worlds[place]))
                self._clients.append(stack.enter_context(client))
            yield self
        self._file().close()

    def restart(self) -> None:
        """Close the file and go on with a new world that opens it."""
        self._file().close()
        self._worlds[1] = self._kind.make(self._clocks[1], self._path)
        self._apps[1] = self._kind.serve(self._worlds[1])

    def ask(self, method: str, path: str, body: Any = None, **params: Any) -> Any:
        """The answer of both to one request; empty for one without a body."""
        kept, stored = (client.call(method, path, body, params=params) for client in self._clients)
        assert kept.status_code == stored.status_code, (method, path, body, stored.text)
        place = collapse_ids(path) if kept.ok else ""
        self.succeeded[f"{method} {place}"] += 1
        if not kept.content:
            return {}
        answers = _comparable(kept.json()), _comparable(stored.json())
        assert answers[0] == answers[1], (method, path, body, params)
        return answers[0]

    def _app(self, place: int) -> ASGIApp:
        async def on_stage(scope: Scope, receive: Receive, send: Send) -> None:
            await self._apps[place](scope, receive, send)

        return on_stage

    def _file(self) -> StateFile:
        file: StateFile | None = self._worlds[1].state
        assert file is not None
        return file


def _comparable(answer: Any) -> Any:
    """An answer without what counts requests since the start of the process."""
    if isinstance(answer, dict):
        passing = ("correlationId", "nextRecordsUrl")
        return {key: _comparable(each) for key, each in answer.items() if key not in passing}
    return [_comparable(each) for each in answer] if isinstance(answer, list) else answer
