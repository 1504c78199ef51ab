"""Faults that no schema can see: names that lead nowhere, words that mean two things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from crmbridge.rulebook.source import Place, nearest, quoted


class Fault(Exception):
    """Something is wrong at ``place`` (file name first); becomes a ``RuleBookError``."""

    def __init__(self, place: Place, message: str, suggestion: str = "") -> None:
        super().__init__(message)
        self.place = place
        self.message = message
        self.suggestion = suggestion


def known(word: str, known: Iterable[str], place: Place, what: str) -> str:
    """``word`` if it is known; otherwise the fault that says which one was probably meant."""
    names = list(known)
    if word not in names:
        raise Fault(place, f"no {what} is called {quoted(word)}", nearest(word, names))
    return word


def inverted(table: Mapping[str, Iterable[str]], place: Place) -> dict[str, str]:
    """Every wording, casefolded, to the name it stands under; one wording, one name."""
    found: dict[str, str] = {}
    for name, wordings in table.items():
        for wording in wordings:
            folded = " ".join(wording.split()).casefold()
            if found.setdefault(folded, name) != name:
                message = f"{quoted(wording)} stands under {found[folded]} and under {name}"
                raise Fault((*place, name), message)
    return found


def globs(patterns: Iterable[str]) -> tuple[str, ...]:
    """Casefolded, and with only ``*`` and ``?`` special: a bracket is a bracket."""
    return tuple(pattern.casefold().replace("[", "[[]") for pattern in patterns)
