"""What all batch operations share: inputs, partial failure, and no promised order.

HubSpot contract §4. An input list is atomic unless *every* input carries an
``objectWriteTraceId``: then each input fails for itself and the answer is a 207.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from crmbridge_hubspot.simulator.errors import (
    HubSpotError,
    required_fields_missing,
    some_not_found,
    validation_error,
)
from crmbridge_hubspot.simulator.json_fields import objects_in, require_texts
from crmbridge_hubspot.simulator.object_types import ObjectType
from crmbridge_hubspot.simulator.search_index import scatter

Prepared = TypeVar("Prepared")
_MOST_INPUTS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchInput:
    """One input of a batch; ``body`` is its JSON object."""

    body: dict[str, Any]
    trace_id: str | None

    @property
    def id(self) -> str:
        """Which record is meant; 400 if the input does not say."""
        require_texts(self.body, "id")
        return str(self.body["id"]).strip()

    @property
    def id_property(self) -> str:
        """The property that ``id`` is a value of, "" for the record id."""
        return str(self.body.get("idProperty") or "")


@dataclass(slots=True, kw_only=True)
class BatchErrors:
    """The errors of a 207, collected input by input."""

    kind: ObjectType
    _errors: list[dict[str, Any]] = field(default_factory=list)
    _missing: list[BatchInput] = field(default_factory=list)

    def add(self, error: HubSpotError, given: BatchInput) -> None:
        """Note why one traced input failed."""
        entry = {key: value for key, value in error.body.items() if key != "links"}
        context = dict(entry.get("context", {}))
        context["objectWriteTraceId"] = [given.trace_id or ""]
        self._errors.append({**entry, "context": context})

    def add_missing(self, given: BatchInput) -> None:
        """Note that one input's record does not exist."""
        self._missing.append(given)

    def to_json(self) -> list[dict[str, Any]]:
        """All errors; the missing ids of a batch make one error together."""
        if not self._missing:
            return self._errors
        context: dict[str, list[str]] = {"ids": [given.id for given in self._missing]}
        traces = [given.trace_id for given in self._missing if given.trace_id]
        if traces:
            context["objectWriteTraceId"] = traces
        missing = {
            "status": "error",
            "category": "OBJECT_NOT_FOUND",
            "message": some_not_found(self.kind.singular.upper()),
            "context": context,
        }
        return [*self._errors, missing]


def parse_inputs(
    body: dict[str, Any], most: int = _MOST_INPUTS, *, distinct: bool = True
) -> list[BatchInput]:
    """The inputs of a batch; 400 if there are none, too many, or not ``distinct`` by id."""
    raw = objects_in(body)
    if not raw:
        raise validation_error("inputs must not be empty")
    if not all(isinstance(one.get("properties", {}), dict) for one in raw):
        raise required_fields_missing("properties")
    if len(raw) > most:
        raise validation_error(
            f"The maximum number of inputs in a batch is {most}, but {len(raw)} were given."
        )
    inputs = [
        BatchInput(
            body=one, trace_id=str(trace) if (trace := one.get("objectWriteTraceId")) else None
        )
        for one in raw
    ]
    counts = Counter(str(one["id"]).lower() for one in raw if distinct and one.get("id"))
    twice = sorted(one for one, count in counts.items() if count > 1)
    if twice:
        raise validation_error(
            f"Duplicate IDs found in batch input: [{', '.join(twice)}]. IDs must be unique"
        )
    return inputs


def all_traced(inputs: Sequence[BatchInput]) -> bool:
    """Whether every input can fail for itself."""
    return all(given.trace_id for given in inputs)


def prepare_each(
    inputs: Sequence[BatchInput],
    prepare: Callable[[BatchInput], Prepared | None],
    errors: BatchErrors,
) -> list[tuple[BatchInput, Prepared]]:
    """Check every input before anything is written.

    Without traces the first error fails the batch; ``prepare`` answers None for an input that
    is passed over.
    """
    prepared = []
    for given in inputs:
        try:
            ready = prepare(given)
        except HubSpotError as error:
            if not all_traced(inputs):
                raise
            errors.add(error, given)
            continue
        if ready is not None:
            prepared.append((given, ready))
    return prepared


def scattered(results: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Results in a fixed order that is never the order of more than one input."""
    shuffled = sorted(results, key=lambda result: scatter(int(result["id"])))
    return shuffled[::-1] if len(results) > 1 and shuffled == results else shuffled
