"""A refresh token that a vendor may exchange for a new one at every use, kept in a file."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from crmbridge.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenFile:
    """The newest refresh token of one connector, whose settings section is ``section``: the one in
    the file at ``path`` if there is one, else ``first``, with which the settings began."""

    section: str
    path: Path | None
    first: SecretStr | None

    def read(self) -> str:
        """The token; raises ``ConfigError`` where there is none or it cannot be read."""
        if self.path is not None and self.path.exists():
            try:
                return self.path.read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigError(
                    f"{self.section}.token_file: {self.path} cannot be read ({error.strerror})"
                ) from None
        if self.first is None:
            raise ConfigError(
                f"{self.section}.token_file: there is no {self.path}, and no refresh_token is set"
            )
        return self.first.get_secret_value()

    def keep(self, rotated: str) -> None:
        """Write a new token where the next process finds it: the old one is spent. Only the
        owner can read it.

        Raises ``ConfigError`` where it cannot be kept; the session at hand is good all the same.
        """
        if self.path is None:
            raise ConfigError(
                f"{self.section}.token_file: refresh tokens are rotated, and the new one needs a "
                "file to be kept in: name one"
            )
        try:
            # Written beside and moved into place: a crash leaves the old file or the new one.
            handle, beside = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(rotated)
            Path(beside).replace(self.path)
        except OSError as error:
            raise ConfigError(
                f"{self.section}.token_file: the rotated refresh token cannot be written to "
                f"{self.path} ({error.strerror})"
            ) from None
