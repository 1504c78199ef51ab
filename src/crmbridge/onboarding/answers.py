"""What somebody who sets up a bridge says: from a file, from before, or when asked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, get_args

from pydantic import BaseModel, SecretStr

from crmbridge.errors import ConfigError
from crmbridge.ports import ConnectorPlugin

FLOW = "flow"


class Ask(Protocol):
    """Asks somebody for one thing."""

    def __call__(self, question: str, known: str | None, *, hidden: bool) -> str:
        """The answer; ``known`` stands already, ``hidden`` is what nobody may see."""
        ...


def complete(
    plugin: ConnectorPlugin,
    given: Mapping[str, Any],
    before: Mapping[str, Any],
    ask: Ask | None,
    source: str,
) -> dict[str, Any]:
    """The section of one connector with all that its way to log in needs.

    ``given`` comes from the answers file named ``source``, ``before`` from an earlier run; what
    neither knows is asked, or refused with a ``ConfigError`` where nobody is there to answer.
    """
    found = {**before, **given}
    flows = list(plugin.asks)
    if FLOW not in given and ask is not None:
        kept = str(found.get(FLOW, flows[0]))
        found[FLOW] = ask(f"{plugin.name}: how to log in ({', '.join(flows)})", kept, hidden=False)
    flow = str(found.setdefault(FLOW, flows[0]))
    if flow not in plugin.asks:
        raise ConfigError(f"{source}: {plugin.name}.flow: one of {', '.join(flows)}, not {flow!r}")
    secret = secrets_of(plugin)
    for name in plugin.asks[flow]:
        if name in given:
            continue
        if ask is None and name not in found:
            raise ConfigError(f"{source}: {plugin.name}.{name} is missing")
        if ask is not None:
            hidden = name in secret
            known = None if name not in found else ("kept" if hidden else str(found[name]))
            said = ask(f"{plugin.name}: {described(plugin, name)}", known, hidden=hidden)
            if not (hidden and known is not None and said == known):
                found[name] = said
    return found


def secrets_of(plugin: ConnectorPlugin) -> frozenset[str]:
    """The settings of a connector that no file for everybody's eyes may hold."""
    return frozenset(
        name
        for name, field in _fields(plugin).items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    )


def described(plugin: ConnectorPlugin, name: str) -> str:
    """A setting in words."""
    return _fields(plugin)[name].description or name.replace("_", " ")


def _fields(plugin: ConnectorPlugin) -> Mapping[str, Any]:
    model = plugin.settings
    if not issubclass(model, BaseModel):
        raise ConfigError(f"connector {plugin.name}: its settings are no pydantic model")
    return model.model_fields


def read_secrets(folder: Path, plugin: ConnectorPlugin) -> dict[str, str]:
    """The secrets of a connector that an earlier run wrote."""
    found = {}
    for name in sorted(secrets_of(plugin)):
        file = folder / f"{plugin.name}__{name}"
        if file.is_file():
            found[name] = file.read_text(encoding="utf-8").strip()
    return found
