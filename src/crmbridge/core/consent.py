"""A person's word on marketing: every objection and every re-subscription, whichever CRM told.

All instants are kept, not only the latest: what somebody did between an objection and the
re-subscription that lifted it never counts, however often they changed their mind since.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """The instants of objections and of re-subscriptions, ascending, each once.

    At equal instants the objection wins.
    """

    opt_outs: tuple[datetime, ...] = ()
    opt_ins: tuple[datetime, ...] = ()

    def objecting(self, at: datetime) -> Consent:
        """With an objection at ``at``; one already known changes nothing."""
        return replace(self, opt_outs=_with(self.opt_outs, (at,)))

    def subscribing(self, at: datetime) -> Consent:
        """With a re-subscription at ``at``; one already known changes nothing."""
        return replace(self, opt_ins=_with(self.opt_ins, (at,)))

    def united(self, other: Consent) -> Consent:
        """The word of two records that stand for one person."""
        return Consent(
            opt_outs=_with(self.opt_outs, other.opt_outs),
            opt_ins=_with(self.opt_ins, other.opt_ins),
        )

    @property
    def opted_out_at(self) -> datetime | None:
        """The latest objection, lifted or not."""
        return self.opt_outs[-1] if self.opt_outs else None

    @property
    def opted_out(self) -> bool:
        """Whether the last word is an objection."""
        last = self.opted_out_at
        return last is not None and not (self.opt_ins and self.opt_ins[-1] > last)

    @property
    def lifted(self) -> bool:
        """Whether somebody who objected subscribed again: their last word."""
        return bool(self.opt_outs) and not self.opted_out

    def was_lifted_after(self, at: datetime) -> bool:
        """Whether ``at`` lies between an objection and the re-subscription that lifted it."""
        objected = max((each for each in self.opt_outs if each <= at), default=None)
        if objected is None or any(objected < each <= at for each in self.opt_ins):
            return False
        return any(each > at for each in self.opt_ins)


def _with(known: tuple[datetime, ...], more: Iterable[datetime]) -> tuple[datetime, ...]:
    return tuple(sorted({*known, *more}))
