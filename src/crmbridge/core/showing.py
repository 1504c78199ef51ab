"""What both CRMs show of a person: our own fields, and their status fields by table."""

from __future__ import annotations

from crmbridge.core import fields as f
from crmbridge.core.course import Course
from crmbridge.core.decision import Nurture
from crmbridge.core.explaining import (
    feedback_sentence,
    nurture_sentence,
    sla_sentence,
    stage_sentence,
)
from crmbridge.core.model import Value
from crmbridge.core.scoring import Score


def own_values(course: Course, score: Score | None, nurture: Nurture) -> dict[str, Value]:
    """The fields that belong to crmbridge, the same on both sides."""
    clock, waiting = course.sla, course.recycle
    return {
        f.STAGE: course.stage.value,
        f.STAGE_REASON: stage_sentence(course),
        f.SCORE: score.total if score else None,
        f.GRADE: score.grade if score else None,
        f.SCORE_REASON: score.sentence if score else None,
        f.MQL_AT: course.mql_at,
        f.CYCLE: course.cycle,
        f.SLA_DUE: clock.due if clock else None,
        f.SLA_STATUS: clock.status.value if clock else None,
        f.SLA_REASON: sla_sentence(clock),
        f.FIRST_TOUCH_AT: course.first_touch_at,
        f.TRACK: waiting.track if waiting else None,
        f.RECYCLE_REASON: waiting.reason if waiting else None,
        f.NURTURE_REASON: nurture_sentence(course, nurture.list_name),
        f.COOLDOWN_UNTIL: waiting.cooldown_until if waiting else None,
        f.RECYCLE_COUNT: course.recycle_count,
        f.FEEDBACK: feedback_sentence(course),
        f.RULEBOOK_VERSION: course.rulebook_version,
    }


def shared_values(course: Course) -> dict[str, Value]:
    """The CRMs' own status fields, where the rule book says what the stage shows."""
    if not course.armed:
        return {}
    stages = course.rules.stages
    tables = {
        f.LIFECYCLE: stages.lifecycle,
        f.LEAD_STATUS: stages.lead_status,
        f.STATUS: stages.sales_status,
    }
    return {name: table[course.stage] for name, table in tables.items() if course.stage in table}
