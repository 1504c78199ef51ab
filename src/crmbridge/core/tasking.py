"""Tasks for people: what has come up and no CRM has acknowledged yet."""

from __future__ import annotations

from crmbridge.core import fields as f
from crmbridge.core.intentions import Plan, operation
from crmbridge.core.model import ObjectType, Ref
from crmbridge.core.operations import FieldChange, Lane, OperationKind
from crmbridge.core.tasks import Task


def put_tasks(made: Plan) -> None:
    """One operation per open task, where the CRM takes tasks; what was issued is forgotten."""
    course = made.course
    course.tasks = tuple(task for task in course.tasks if task.key not in course.view.issued)
    for task in course.tasks:
        shown, surface = course.view.side(task.side), course.view.surfaces.get(task.side)
        if surface is None or shown is None or not shown.writable:
            continue
        if f.TASK_KEY in surface.writable(ObjectType.ACTIVITY):
            _put(made, task, shown.record.ref)


def _put(made: Plan, task: Task, target: Ref) -> None:
    values = {
        f.TASK_KEY: task.key,
        f.OWNER_ID: task.assignee,
        f.SUBJECT: task.subject,
        f.BODY: task.why,
        f.DUE: task.due,
        f.DUE_ON: task.due_on,
    }
    made.operations.append(
        operation(
            made,
            kind=OperationKind.TASK,
            side=task.side,
            object_type=ObjectType.ACTIVITY,
            target=target,
            lane=Lane.STAGE,
            reason=task.why,
            changes=tuple(
                FieldChange(field=name, before=None, after=value, reason=task.why)
                for name, value in values.items()
            ),
        )
    )
