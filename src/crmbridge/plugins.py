"""Connectors are found by entry point, so that another package can bring a further CRM."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points

from crmbridge.errors import ConfigError
from crmbridge.ports import ConnectorPlugin

GROUP = "crmbridge.connectors"
_NEEDED = ("name", "side", "settings", "asks", "connect")


@cache
def discover() -> dict[str, ConnectorPlugin]:
    """Name → plugin of every installed connector, by name; raises ``ConfigError`` for one
    that cannot be loaded or is no connector plugin."""
    found: dict[str, ConnectorPlugin] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            plugin = entry.load()
        except Exception as error:
            kind = type(error).__name__
            raise ConfigError(
                f"connector {entry.name} ({entry.value}) cannot be loaded: {kind}: "
                "reinstall or remove its package"
            ) from error
        if not all(hasattr(plugin, name) for name in _NEEDED):
            raise ConfigError(f"connector {entry.name} ({entry.value}) is no connector plugin")
        found[plugin.name] = plugin
    return found
