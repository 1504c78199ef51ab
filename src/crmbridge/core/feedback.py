"""What a rep gave as the reason to let go, and whether it explains anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from crmbridge.core.rules import FeedbackRules, Reason, RecyclingRules

_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A rep's words on a rejection: the rule book's reason (``None``: missing or unknown),
    the details as written, and the date from which to try again."""

    reason: Reason | None
    details: str | None = None
    resume: date | None = None


def read_reason(raw: str | None, rules: RecyclingRules) -> Reason | None:
    """The rule book's reason behind a CRM value; one that it does not know is missing."""
    if not raw or not raw.strip():
        return None
    name = rules.values.get(raw.strip().casefold())
    return rules.reasons.get(name) if name else None


def is_thin(details: str | None, rules: FeedbackRules) -> bool:
    """Whether details say nothing: too short, a filler phrase, or too few real words."""
    text = (details or "").strip()
    if len(text) < rules.least_characters or text.casefold() in rules.fillers:
        return True
    words = {
        word.casefold() for word in _WORD.findall(text) if len(word) >= rules.least_word_length
    }
    return len(words) < rules.least_words
