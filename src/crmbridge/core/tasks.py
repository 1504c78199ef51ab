"""Alerts for people: tasks in the CRM in which they work, each wanted once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from crmbridge.core.model import Side


class Topic(StrEnum):
    """What a task is about; one that became pointless before it was written is dropped."""

    SLA = "sla"
    FEEDBACK = "feedback"
    WAKE_UP = "wake_up"
    PARTNER = "partner"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something a person is asked to do.

    ``key`` is stable and unique: the same task is never written twice. ``assignee`` is the
    owner id in the CRM of ``side``; ``at`` is when it came up, ``due`` lies in the
    assignee's opening hours, on the day ``due_on`` where they live.
    """

    key: str
    topic: Topic
    side: Side
    assignee: str | None
    subject: str
    why: str
    at: datetime
    due: datetime
    due_on: date
