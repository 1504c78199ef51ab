"""Tasks and events. Custom fields of ``Activity`` appear on both. Salesforce contract §12."""

from __future__ import annotations

from crmbridge_salesforce.simulator import fields as f
from crmbridge_salesforce.simulator.schema import Field, SObject

# status, closed, default
TASK_STATUSES = (
    ("Not Started", False, True),
    ("In Progress", False, False),
    ("Completed", True, False),
    ("Waiting on someone else", False, False),
    ("Deferred", False, False),
)
TASK_SUBTYPES = ("Task", "Email", "Call", "Cadence", "LinkedIn")
SUBJECTS = ("Call", "Email", "Meeting", "Send Letter/Quote", "Other")


def _who_and_what(children: str) -> list[Field]:
    return [
        f.reference(
            "WhoId",
            "Name ID",
            ("Contact", "Lead"),
            "Who",
            child_name=children,
            cascade_delete=True,
        ),
        f.reference(
            "WhatId",
            "Related To ID",
            ("Account", "Campaign", "Opportunity"),
            "What",
            child_name=children,
            cascade_delete=True,
        ),
        Field(
            name="Subject",
            label="Subject",
            type="combobox",
            length=255,
            picklist=SUBJECTS,
            groupable=False,
            name_field=True,
            permissionable=False,
        ),
        f.textarea("Description", "Description", 32000),
        f.reference("AccountId", "Account ID", ("Account",), "Account", **f.READ_ONLY),
    ]


def task() -> SObject:
    """A to-do or a logged call or e-mail."""
    fields = [
        f.record_id("Activity ID"),
        *_who_and_what("Tasks"),
        f.day("ActivityDate", "Due Date Only"),
        f.picklist(
            "Status",
            "Status",
            tuple(status[0] for status in TASK_STATUSES),
            40,
            nillable=False,
            defaulted=True,
            default="Not Started",
            permissionable=False,
        ),
        f.picklist(
            "Priority",
            "Priority",
            ("High", "Normal", "Low"),
            40,
            nillable=False,
            defaulted=True,
            default="Normal",
            permissionable=False,
        ),
        f.boolean("IsHighPriority", "High Priority", **f.READ_ONLY),
        f.owner(("Group", "User"), "Assigned To ID"),
        f.picklist("Type", "Type", SUBJECTS, 40),
        f.boolean("IsClosed", "Closed", **f.READ_ONLY),
        f.boolean("IsArchived", "Archived", **f.READ_ONLY),
        f.integer("CallDurationInSeconds", "Call Duration"),
        f.picklist("CallType", "Call Type", ("Internal", "Inbound", "Outbound"), 40),
        f.text("CallDisposition", "Call Result", 255),
        f.text("CallObject", "Call Object Identifier", 255),
        f.instant("ReminderDateTime", "Reminder Date/Time"),
        f.boolean("IsReminderSet", "Reminder Set"),
        f.boolean("IsRecurrence", "Create Recurring Series of Tasks", **f.READ_ONLY),
        f.picklist(
            "TaskSubtype",
            "Task Subtype",
            TASK_SUBTYPES,
            40,
            restricted=True,
            updateable=False,
            defaulted=True,
            default="Task",
            permissionable=False,
        ),
        f.instant("CompletedDateTime", "Completed Date", **f.READ_ONLY),
        f.deleted_flag(),
        *f.audit(),
    ]
    return f.make("Task", "Task", "Tasks", "00T", fields)


def event() -> SObject:
    """A meeting in a calendar."""
    fields = [
        f.record_id("Activity ID"),
        *_who_and_what("Events"),
        f.text("Location", "Location", 255),
        f.boolean("IsAllDayEvent", "All-Day Event"),
        f.instant("ActivityDateTime", "Due Date Time"),
        f.day("ActivityDate", "Due Date Only"),
        f.integer("DurationInMinutes", "Duration"),
        f.instant("StartDateTime", "Start Date Time"),
        f.instant("EndDateTime", "End Date Time"),
        f.day("EndDate", "End Date", **f.READ_ONLY),
        f.picklist("Type", "Type", SUBJECTS, 40),
        f.owner(label="Assigned To ID"),
        f.boolean("IsPrivate", "Private"),
        f.picklist(
            "ShowAs",
            "Show Time As",
            ("Busy", "OutOfOffice", "Free"),
            40,
            restricted=True,
            defaulted=True,
            default="Busy",
        ),
        f.boolean("IsChild", "Is Child", **f.READ_ONLY),
        f.boolean("IsGroupEvent", "Is Group Event", **f.READ_ONLY),
        f.boolean("IsArchived", "Archived", **f.READ_ONLY),
        f.boolean("IsRecurrence", "Create Recurring Series of Events", **f.READ_ONLY),
        f.instant("ReminderDateTime", "Reminder Date/Time"),
        f.boolean("IsReminderSet", "Reminder Set"),
        f.picklist(
            "EventSubtype",
            "Event Subtype",
            ("Event",),
            40,
            restricted=True,
            updateable=False,
            defaulted=True,
            default="Event",
        ),
        f.deleted_flag(),
        *f.audit(),
    ]
    return f.make("Event", "Event", "Events", "00U", fields)
