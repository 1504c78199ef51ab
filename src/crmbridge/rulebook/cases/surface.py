"""The surface of a simulated CRM that holds every value as it was written."""

from __future__ import annotations

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Value
from crmbridge.rulebook.cases.schema import CANONICAL


class PlainSurface:
    """Everything may be written, and nothing is truncated, rounded or refused."""

    def project(self, object_type: ObjectType, field: str, value: Value) -> Value:
        """The value itself; an empty text is no value."""
        return None if value == "" else value

    def writable(self, object_type: ObjectType) -> frozenset[str]:
        """Every canonical field but the text for reps, which the lead standard says nothing of."""
        return CANONICAL - {f.INSIGHT}
