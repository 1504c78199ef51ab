"""Who is who: which records stand for one person, proven in a fixed order."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from crmbridge.core.fields import CONVERTED, UID
from crmbridge.core.model import ObjectType, Record, Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Proofs:
    """The persons to whom a record may belong, by kind of proof, strongest first."""

    linked: str | None
    crossed: frozenset[str]
    by_email: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """The person found; ``None`` with no ``candidates`` means a new one, with several of
    them a question for a person."""

    uid: str | None
    candidates: frozenset[str] = frozenset()


def match(proofs: Proofs) -> Match:
    """The strongest proof decides; one that points at several people decides nothing."""
    if proofs.linked is not None:
        return Match(uid=proofs.linked)
    for found in (proofs.crossed, proofs.by_email):
        if len(found) == 1:
            return Match(uid=next(iter(found)))
        if found:
            return Match(uid=None, candidates=found)
    return Match(uid=None)


def uid_of(record: Record) -> str:
    """The id of the new person that ``record`` starts: the one written on the record by an
    earlier bridge, else one derived from its reference, so that repeating gives the same."""
    written = record.fields.get(UID)
    if isinstance(written, str) and written:
        return written
    return "p" + hashlib.sha256(str(record.ref).encode()).hexdigest()[:20]


def normalise_email(text: object) -> str | None:
    """Trimmed and in lower case, nothing folded; empty ones are no address at all."""
    if not isinstance(text, str) or not text.strip():
        return None
    return text.strip().lower()


def canonical(records: Sequence[Record]) -> tuple[Record, tuple[Record, ...]] | None:
    """The record that counts among those of one person in one CRM, and the others.

    Living before deleted, contact before open lead before converted lead, then the oldest.
    """
    if not records:
        return None
    ordered = sorted(records, key=_precedence)
    return ordered[0], tuple(ordered[1:])


def _precedence(record: Record) -> tuple[bool, int, float, Ref]:
    if record.ref.object_type is ObjectType.CONTACT:
        rank = 0
    else:
        rank = 2 if record.fields.get(CONVERTED) else 1
    born = (record.created_at or record.modified_at).timestamp()
    return record.deleted or record.merged_into is not None, rank, born, record.ref
