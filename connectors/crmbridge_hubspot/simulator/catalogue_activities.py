"""The properties of tasks, notes, calls, e-mails and meetings. HubSpot contract §13."""

from __future__ import annotations

from crmbridge_hubspot.simulator.catalogue import (
    RECORD_ROWS,
    Catalogue,
    OptionSet,
    read_catalogue,
    same_labels,
)

_OPTION_SETS: dict[str, OptionSet] = {
    "taskstatus": same_labels(
        "NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED", "COMPLETED", "DELETED"
    ),
    "priority": same_labels("NONE", "LOW", "MEDIUM", "HIGH"),
    "tasktype": same_labels("EMAIL", "CALL", "TODO", "LINKED_IN", "MEETING"),
    "callstatus": same_labels(
        "BUSY", "CALLING_CRM_USER", "CANCELED", "COMPLETED", "CONNECTING", "FAILED",
        "IN_PROGRESS", "NO_ANSWER", "QUEUED", "RINGING",
    ),
    "calldirection": same_labels("INBOUND", "OUTBOUND"),
    "emaildirection": same_labels("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"),
    "emailstatus": same_labels("BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT"),
    "outcome": same_labels("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED"),
}  # fmt: skip
_TASKS = """
[task | Task information]
hs_timestamp             datetime/date          -       Due date
hs_task_subject          string/text            -       Task title
hs_task_body             string/html            -       Task notes
hs_task_status           enumeration/select     opt:taskstatus    Task status
hs_task_priority         enumeration/select     opt:priority    Priority
hs_task_type             enumeration/select     opt:tasktype    Task type
hs_task_reminders        string/text            -       Reminders
hs_task_is_completed     number/number          calc    Is completed
hs_task_completion_date  datetime/date          ro      Completed at
hs_createdate            datetime/date          ro      Create date
"""
_NOTES = """
[note | Note information]
hs_timestamp             datetime/date          -       Activity date
hs_note_body             string/html            -       Note body
hs_attachment_ids        string/text            -       Attached file IDs
hs_createdate            datetime/date          ro      Create date
"""


_CALLS = """
[call | Call information]
hs_timestamp             datetime/date          -       Activity date
hs_call_title            string/text            -       Call title
hs_call_body             string/html            -       Call notes
hs_call_duration         number/number          -       Call duration
hs_call_direction        enumeration/select     opt:calldirection    Call direction
hs_call_disposition      string/text            -       Call outcome
hs_call_status           enumeration/select     opt:callstatus    Call status
hs_call_from_number      string/text            -       From number
hs_call_to_number        string/text            -       To number
hs_createdate            datetime/date          ro      Create date
"""
_EMAILS = """
[email | Email information]
hs_timestamp             datetime/date          -       Activity date
hs_email_subject         string/text            -       Email subject
hs_email_text            string/textarea        -       Text body
hs_email_html            string/html            -       Email body
hs_email_direction       enumeration/select     opt:emaildirection    Email direction
hs_email_status          enumeration/select     opt:emailstatus    Email send status
hs_createdate            datetime/date          ro      Create date
"""
_MEETINGS = """
[meeting | Meeting information]
hs_timestamp             datetime/date          -       Activity date
hs_meeting_title         string/text            -       Meeting name
hs_meeting_body          string/html            -       Meeting description
hs_meeting_start_time    datetime/date          -       Meeting start time
hs_meeting_end_time      datetime/date          -       Meeting end time
hs_meeting_location      string/text            -       Meeting location
hs_meeting_outcome       enumeration/select     opt:outcome    Meeting outcome
hs_internal_meeting_notes string/html           -       Internal meeting notes
hs_createdate            datetime/date          ro      Create date
"""


def task_catalogue() -> Catalogue:
    """Task properties."""
    return _catalogue(_TASKS)


def note_catalogue() -> Catalogue:
    """Note properties."""
    return _catalogue(_NOTES)


def call_catalogue() -> Catalogue:
    """Call properties."""
    return _catalogue(_CALLS)


def email_catalogue() -> Catalogue:
    """Properties of one-to-one e-mails."""
    return _catalogue(_EMAILS)


def meeting_catalogue() -> Catalogue:
    """Meeting properties."""
    return _catalogue(_MEETINGS)


def _catalogue(table: str) -> Catalogue:
    return read_catalogue(table + RECORD_ROWS, _OPTION_SETS)
