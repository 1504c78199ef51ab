"""Web addresses, as the settings give them."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def host_address(text: str, example: str) -> str:
    """Scheme and host of an address; raises ``ValueError`` for anything else, and for plain http
    to another machine, over which the secret would travel in the clear."""
    parts = urlsplit(text.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"must be a web address such as {example}")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must be scheme and host only, without a path")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("must begin with https://: the secret would travel in the clear")
    return f"{parts.scheme}://{parts.netloc}"


def is_loopback(host: str | None) -> bool:
    """Whether the name or address means this machine, without asking anybody."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False
