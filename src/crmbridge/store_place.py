"""Where the bridge's memory is: one SQLite file, or a PostgreSQL database.

A place is told in messages and logs by ``str``, which never holds a password.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

IN_MEMORY = ":memory:"
"""The name of a store that is gone when it is closed."""

_SCHEMES = ("postgresql://", "postgres://")
_PASSWORDS = ("password", "sslpassword")
_IN_QUERY = re.compile(rf"(?<=[?&])({'|'.join(_PASSWORDS)})=[^&]*&?")


@dataclass(frozen=True, slots=True, repr=False)
class StorePlace:
    """The ``path`` of a file, or the ``url`` of a database as libpq understands it; neither for a
    store in memory. ``password`` is used where the URL has none."""

    path: Path | None = None
    url: str | None = None
    password: str | None = None

    @classmethod
    def of(cls, where: StorePlace | Path | str) -> StorePlace:
        """The place that somebody names. Raises ``ValueError``, which repeats nothing, for a URL
        of something else."""
        if isinstance(where, StorePlace):
            return where
        if isinstance(where, Path):
            return cls(path=where)
        if where == IN_MEMORY:
            return cls()
        if where.startswith(_SCHEMES):
            return cls(url=where)
        if "://" in where:
            raise ValueError("a store is a file's path or a postgresql:// URL")
        return cls(path=Path(where))

    def with_password(self, password: str) -> StorePlace:
        """The same place, entered with this password unless the URL has one."""
        return replace(self, password=password) if self.url and not self.secrets else self

    @property
    def secrets(self) -> list[str]:
        """Every form of a password in it, so that logs can leave them out."""
        found = [self.password]
        if self.url is not None:
            user, at, _ = _rest(self.url).rpartition("@")
            written = user.partition(":")[2] if at else ""
            found += [written, unquote(written)]
            asked = parse_qs(urlsplit(self.url).query)
            found += [each for name in _PASSWORDS for each in asked.get(name, [])]
        return [each for each in found if each]

    def __str__(self) -> str:
        if self.url is None:
            return str(self.path or IN_MEMORY)
        user, at, rest = _rest(self.url).rpartition("@")
        shown = f"postgresql://{user.partition(':')[0]}{at}{rest}"
        return _IN_QUERY.sub("", shown).rstrip("?&")

    def __repr__(self) -> str:
        return f"StorePlace({str(self)!r})"


def _rest(url: str) -> str:
    return url.partition("://")[2]
