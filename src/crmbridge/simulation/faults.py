"""Makes a simulated CRM misbehave on purpose: error answers, cut connections, held requests.

A rule selects requests by method, path, token and what the body says, lets the first ``skip`` of
them pass and strikes the next ``times``. Rules are tried oldest first; the first that wants a
request gets it, and a rule counts only requests that no older rule took.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from crmbridge.simulation.connection import connection_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class FaultAction(StrEnum):
    """What happens to a struck request; ``before`` and ``after`` mean its processing."""

    STATUS = "status"
    DROP_BEFORE = "drop_before"
    DROP_AFTER = "drop_after"
    HOLD_BEFORE = "hold_before"
    HOLD_AFTER = "hold_after"
    DELAY = "delay"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """Which requests to strike and how; ``path`` and ``says`` are patterns, the latter of the body;
    ``times`` None strikes without end."""

    action: FaultAction
    path: str = ""
    says: str = ""
    method: str | None = None
    token: str | None = None
    skip: int = 0
    times: int | None = 1
    status: int = 503
    body: Any = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    def selects(self, *, method: str, path: str, token: str, body: bytes) -> bool:
        """Whether a request is one this rule is about, not counting ``skip`` and ``times``."""
        return (
            (self.method is None or self.method == method)
            and (self.token is None or self.token == token)
            and re.search(self.path, path) is not None
            and re.search(self.says.encode(), body) is not None
        )


@dataclass(slots=True, kw_only=True)
class ArmedFault:
    """A rule with its counts; ``holding`` is how many requests wait in it right now."""

    id: str
    rule: FaultRule
    seen: int = 0
    fired: int = 0
    holds: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = field(default_factory=list)

    @property
    def spent(self) -> bool:
        """Whether it has struck as often as it was to."""
        return self.rule.times is not None and self.fired >= self.rule.times

    @property
    def holding(self) -> int:
        return len(self.holds)


class FaultInjector:
    """The armed rules of one simulator; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: dict[str, ArmedFault] = {}
        self._next = 1

    def add(self, rule: FaultRule) -> str:
        """Arm ``rule`` and answer its id."""
        with self._lock:
            fault_id = f"f{self._next}"
            self._next += 1
            self._armed[fault_id] = ArmedFault(id=fault_id, rule=rule)
            return fault_id

    def armed(self) -> list[ArmedFault]:
        """Every rule not yet removed, oldest first, spent ones included."""
        with self._lock:
            return list(self._armed.values())

    def release(self, fault_id: str) -> None:
        """Let every request held by this rule go on; raises ``KeyError`` for an unknown id."""
        with self._lock:
            _open(self._armed[fault_id])

    def remove(self, fault_id: str) -> None:
        """Disarm one rule and release its holds; raises ``KeyError`` for an unknown id."""
        with self._lock:
            _open(self._armed.pop(fault_id))

    def clear(self) -> None:
        """Disarm everything and release every hold."""
        with self._lock:
            for fault in self._armed.values():
                _open(fault)
            self._armed.clear()

    @property
    def listens(self) -> bool:
        """Whether any rule that may still strike asks what a body says."""
        with self._lock:
            return any(fault.rule.says and not fault.spent for fault in self._armed.values())

    def strike(self, *, method: str, path: str, token: str, body: bytes = b"") -> ArmedFault | None:
        """The fault this request falls to, counted as fired, or None."""
        with self._lock:
            for fault in self._armed.values():
                rule = fault.rule
                if not rule.selects(method=method, path=path, token=token, body=body):
                    continue
                if fault.spent:
                    continue
                fault.seen += 1
                if fault.seen > rule.skip:
                    fault.fired += 1
                    return fault
            return None

    async def hold(self, fault: ArmedFault, stopping: asyncio.Event) -> bool:
        """Wait until released (True) or until the server stops (False)."""
        released = asyncio.Event()
        entry = (asyncio.get_running_loop(), released)
        with self._lock:
            # A rule removed between strike and hold must not hold for ever.
            if self._armed.get(fault.id) is not fault:
                return True
            fault.holds.append(entry)
        waits = [asyncio.ensure_future(event.wait()) for event in (released, stopping)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            with self._lock:
                if entry in fault.holds:
                    fault.holds.remove(entry)
        return released.is_set()


def _open(fault: ArmedFault) -> None:
    for loop, event in fault.holds:
        loop.call_soon_threadsafe(event.set)
    fault.holds.clear()


class FaultMiddleware:
    """Applies an injector's rules to the requests of ``app``."""

    def __init__(
        self, app: ASGIApp, faults: FaultInjector, token_label: Callable[[Headers], str]
    ) -> None:
        self._app = app
        self._faults = faults
        self._token_label = token_label

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        if self._faults.listens:
            body = await _read(receive)
            receive = _again(body, receive)
        fault = self._faults.strike(
            method=scope["method"],
            path=scope["path"],
            token=self._token_label(Headers(scope=scope)),
            body=body,
        )
        match fault.rule.action if fault else None:
            case None:
                await self._app(scope, receive, send)
            case FaultAction.STATUS if fault:
                await _drain(receive)
                await _answer(fault.rule)(scope, receive, send)
            case FaultAction.DELAY if fault:
                await asyncio.sleep(fault.rule.seconds)
                await self._app(scope, receive, send)
            case FaultAction.DROP_BEFORE:
                await connection_of(scope).drop(receive)
            case FaultAction.DROP_AFTER:
                await self._process(scope, receive)
                await connection_of(scope).drop(receive)
            case FaultAction.HOLD_BEFORE if fault:
                if await self._faults.hold(fault, connection_of(scope).stopping):
                    await self._app(scope, receive, send)
                else:
                    await connection_of(scope).drop(receive)
            case FaultAction.HOLD_AFTER if fault:
                answer = await self._process(scope, receive)
                if await self._faults.hold(fault, connection_of(scope).stopping):
                    for message in answer:
                        await send(message)
                else:
                    await connection_of(scope).drop(receive)

    async def _process(self, scope: Scope, receive: Receive) -> list[Message]:
        answer: list[Message] = []

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._app(scope, receive, keep)
        return answer


async def _read(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """A body that was read already, then whatever comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def told() -> Message:
        return waiting.pop() if waiting else await receive()

    return told


async def _drain(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


def _answer(rule: FaultRule) -> Response:
    if isinstance(rule.body, str):
        html = rule.body.lstrip().startswith("<")
        content, media_type = rule.body, "text/html" if html else "text/plain"
    else:
        content, media_type = json.dumps(rule.body), "application/json"
    return Response(content, rule.status, dict(rule.headers), media_type)
