"""How crmbridge knows its own fields again: by words at the end of their descriptions.

A field of the right name that does not bear them is somebody else's, and is never altered. The
words name the version of our fields, so that an older release leaves alone what a newer one has
set up.
"""

from __future__ import annotations

import re
from typing import Final

VERSION: Final = 1
"""Raised with every release that changes a field, its help text or its values."""

_WORDS: Final = "Kept by crmbridge, fields version"
_MARK: Final = re.compile(rf"{_WORDS} (\d+)\.")


def mark(text: str, version: int = VERSION) -> str:
    """``text`` as a description of a field of ours."""
    return f"{text} {_WORDS} {version}."


def marked_version(description: str) -> int | None:
    """The version of ours that a description names; ``None`` where the field is not ours."""
    found = _MARK.search(description)
    return int(found[1]) if found else None


def unmarked(description: str) -> str:
    """The description without our words."""
    return _MARK.sub("", description).strip()


def why_untouchable(description: str) -> tuple[str, str]:
    """Why what bears this description must be left as it is, and what a person does about it; two
    empty texts where it is ours."""
    version = marked_version(description)
    if version is None:
        remedy = (
            "rename or delete it, or, if crmbridge made it before it marked its own, end its "
            f"description with the words `{_WORDS} {VERSION}.`"
        )
        return "is not marked as crmbridge's own", remedy
    if version > VERSION:
        return (
            f"was set up by a newer crmbridge (fields version {version}, this one knows {VERSION})",
            "upgrade crmbridge",
        )
    return "", ""
