"""Asks a daemon what a monitor would."""

from __future__ import annotations

import socket
import urllib.error
import urllib.request


def free_port() -> int:
    """One that nobody listens on now."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def get(port: int, path: str) -> tuple[int, str]:
    """Status and body; 0 and nothing where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""
