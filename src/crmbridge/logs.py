"""Structured logs without secrets or personal data."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, MutableMapping
from typing import Any

import structlog
from pydantic import BaseModel, SecretStr

from crmbridge.settings import Settings

_MASK = "[redacted]"
_PATTERNS = (
    re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=!-]+"),
    re.compile(r"\bpat-[a-z0-9]+-[\w-]+"),
    re.compile(r"\b00D\w{12,15}![\w.]+"),
    re.compile(r"[^\s@<>\"',;:()\[\]]+(?:@|%40)[^\s@<>\"',;:()\[\]]+\.[^\s@<>\"',;:()\[\]]+"),
    re.compile(r"(?<![\w.:-])(?!\d{4}-\d\d-\d\d(?!\d))\+?\d[\d ()/-]{8,}\d(?![\w.:-])"),
)
"""Authorisation headers, tokens of both vendors, e-mail addresses, telephone numbers (a date is
none)."""

_DENIED = frozenset(
    {
        "email",
        "first_name",
        "last_name",
        "phone",
        "token",
        "client_secret",
        "authorization",
        "password",
        "access_token",
        "subject",
        "details",
    }
)
"""Keys whose value is never shown, whatever it looks like."""


class Redactor:
    """A structlog processor that masks known secrets and whatever looks personal."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = sorted({s for s in secrets if len(s) >= 4}, key=len, reverse=True)

    def __call__(
        self, _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        """Mask every value in place."""
        for key in list(event):
            if key in ("timestamp", "level"):
                continue
            event[key] = _MASK if key in _DENIED else self.clean(event[key])
        return event

    def clean(self, value: Any) -> Any:
        """``value`` with every secret and personal part masked, however deep it lies."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, dict):
            return {
                self.clean(key): _MASK if key in _DENIED else self.clean(item)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.clean(item) for item in value]
        if value is None or isinstance(value, bool | int | float):
            return value
        return self._text(str(value))

    def _text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        for pattern in _PATTERNS:
            text = pattern.sub(_MASK, text)
        return text


def quiet() -> None:
    """Errors alone, for commands that tell by themselves what happens."""
    configure(Settings.model_construct(log_level="error", log_format="console"))


def configure(settings: Settings, *others: Settings) -> None:
    """Send logs to stderr in the wanted form; nothing that any of the settings keep secret is in
    them. The last call of a process counts."""
    redact = Redactor([secret for each in (settings, *others) for secret in secret_values(each)])
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if settings.log_format == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries speak of requests and pools at lower levels, with URLs in them.
    root.setLevel(max(level, logging.WARNING))


def secret_values(settings: Settings) -> list[str]:
    """Every secret that the settings hold."""
    return [*settings.store.secrets, *_secrets(settings)]


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name, None))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
