"""Values that a decision may want written, and that no CRM may be trusted with: for hypothesis."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from crmbridge.core.model import Value

TEXTS = st.one_of(
    st.text(max_size=300),
    st.sampled_from(["", " ", " a ", "\n", "x" * 70_000, "🙂" * 200, "a" * 254 + "🙂", "'; --"]),
)
NUMBERS = st.one_of(st.integers(-(10**6), 10**6), st.floats(-1e6, 1e6, allow_nan=False))
INSTANTS = st.datetimes(datetime(2001, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))


def values() -> st.SearchStrategy[Value]:
    """Texts with white space and half emojis, numbers, instants with microseconds, flags, none."""
    return st.one_of(TEXTS, NUMBERS, INSTANTS, st.booleans(), st.none())
