"""Files with people's data, for the eyes of whoever asked for them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from crmbridge.errors import ConfigError


@contextmanager
def private_file(path: Path, option: str = "--out") -> Iterator[TextIO]:
    """A new or emptied file that nobody else may read; raises ``ConfigError`` where there cannot
    be one, naming the ``option`` that asked for it."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise ConfigError(f"{option}: {path} cannot be written: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yield file
