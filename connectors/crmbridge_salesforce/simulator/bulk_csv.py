"""CSV as Bulk API 2.0 reads and writes it. Salesforce contract §8."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DELIMITERS = {
    "BACKQUOTE": "`",
    "CARET": "^",
    "COMMA": ",",
    "PIPE": "|",
    "SEMICOLON": ";",
    "TAB": "\t",
}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_QUOTED = re.compile(r'"(?:[^"]|"")*"')


class BadUpload(Exception):
    """An upload that fails the whole job; the text is the job's errorMessage."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The names a job gives its delimiter and its line ending."""

    delimiter: str = "COMMA"
    line_ending: str = "LF"

    def read(self, text: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Header and rows of an upload; raises ``BadUpload``.

        Line ends inside quotes are data; those outside must be what the job announced.
        Nothing is trimmed and blank lines are no rows.
        """
        bare = _QUOTED.sub("", text)
        wrong = "\r" in bare if self.line_ending == "LF" else "\n" in bare.replace("\r\n", "")
        if wrong:
            raise BadUpload("ClientInputError : LineEnding is invalid on user data")
        source = io.StringIO(text, newline="")
        reader = csv.reader(source, delimiter=DELIMITERS[self.delimiter], strict=True)
        try:
            lines = [tuple(line) for line in reader if line]
        except csv.Error as error:
            raise BadUpload(f"ClientInputError : Failed to parse CSV: {error}") from None
        if not lines:
            raise BadUpload("InvalidBatch : Unable to find header row")
        header, *rows = lines
        for number, row in enumerate(rows, start=1):
            if len(row) != len(header):
                raise BadUpload(
                    f"InvalidBatch : Row {number} has {len(row)} columns, "
                    f"the header has {len(header)}"
                )
        return header, rows

    def write(self, rows: Iterable[Sequence[str]]) -> str:
        """Rows as text, every cell in quotes."""
        target = io.StringIO(newline="")
        csv.writer(
            target,
            delimiter=DELIMITERS[self.delimiter],
            lineterminator=LINE_ENDINGS[self.line_ending],
            quoting=csv.QUOTE_ALL,
        ).writerows(rows)
        return target.getvalue()
