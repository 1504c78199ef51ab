"""Salesforce record ids: 15 case-sensitive characters, with 3 checksum characters 18.

Salesforce contract §3.
"""

from __future__ import annotations

import re
from collections import Counter

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?")
# Far enough from zero that ids hold upper and lower case letters, as real ones do.
_FIRST_NUMBER = 62**4 * 30 + 62**3 * 48

MASTER_RECORD_TYPE = "012000000000000AAA"


def to_18(short: str) -> str:
    """The 18-character form of a 15-character id."""
    blocks = (short[start : start + 5] for start in (0, 5, 10))
    return short + "".join(_checksum(block) for block in blocks)


def _checksum(block: str) -> str:
    bits = sum(1 << place for place, char in enumerate(block) if "A" <= char <= "Z")
    return _CHECKSUM[bits]


def full_id(text: str) -> str | None:
    """The 18-character form of a 15- or 18-character id; None if it is malformed."""
    if not _SHAPE.fullmatch(text):
        return None
    full = to_18(text[:15])
    return full if text in (full, full[:15]) else None


def looks_like_id(text: str) -> bool:
    """Whether the text has an id's shape, whatever its checksum."""
    return bool(_SHAPE.fullmatch(text))


class IdMint:
    """Makes new ids; within one prefix later ids sort after earlier ones, as plain text."""

    def __init__(self) -> None:
        self._made: Counter[str] = Counter()

    def made(self) -> dict[str, int]:
        """How many ids each prefix has had."""
        return dict(self._made)

    def go_on_from(self, made: dict[str, int]) -> None:
        """Continue where another mint stopped."""
        self._made = Counter(made)

    def next_id(self, prefix: str) -> str:
        """A fresh 18-character id that starts with the three-character ``prefix``."""
        number = _FIRST_NUMBER + self._made[prefix]
        self._made[prefix] += 1
        digits = ""
        while number:
            number, place = divmod(number, 62)
            digits = _DIGITS[place] + digits
        return to_18(f"{prefix}5g0{digits.rjust(9, '0')}")
