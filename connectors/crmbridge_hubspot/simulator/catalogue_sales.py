"""The deal, ticket and activity properties of a fresh portal. HubSpot contract §13."""

from __future__ import annotations

from crmbridge_hubspot.simulator.catalogue import (
    Catalogue,
    OptionSet,
    read_catalogue,
    same_labels,
)
from crmbridge_hubspot.simulator.object_types import (
    CALLS,
    EMAILS,
    MEETINGS,
    NOTES,
    TASKS,
    TICKETS,
    ObjectType,
)

DEAL_STAGES: OptionSet = (
    ("appointmentscheduled", "Appointment Scheduled"),
    ("qualifiedtobuy", "Qualified To Buy"),
    ("presentationscheduled", "Presentation Scheduled"),
    ("decisionmakerboughtin", "Decision Maker Bought-In"),
    ("contractsent", "Contract Sent"),
    ("closedwon", "Closed Won"),
    ("closedlost", "Closed Lost"),
)
_OPTION_SETS: dict[str, OptionSet] = {
    "dealstage": DEAL_STAGES,
    "pipeline": [("default", "Sales Pipeline")],
    "dealtype": [("newbusiness", "New Business"), ("existingbusiness", "Existing Business")],
    "taskstatus": same_labels(
        "NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED", "COMPLETED", "DELETED"
    ),
    "priority": same_labels("NONE", "LOW", "MEDIUM", "HIGH"),
    "meetingoutcome": same_labels("SCHEDULED", "COMPLETED", "RESCHEDULED", "NO_SHOW", "CANCELED"),
    "calldirection": same_labels("INBOUND", "OUTBOUND"),
    "callstatus": same_labels("BUSY", "CANCELED", "COMPLETED", "FAILED", "NO_ANSWER", "QUEUED"),
    "emaildirection": same_labels("EMAIL", "INCOMING_EMAIL", "FORWARDED_EMAIL"),
    "emailstatus": same_labels("BOUNCED", "FAILED", "SCHEDULED", "SENDING", "SENT"),
    "ticketpipeline": [("0", "Support Pipeline")],
    "ticketstage": [
        ("1", "New"),
        ("2", "Waiting on contact"),
        ("3", "Waiting on us"),
        ("4", "Closed"),
    ],
    "tasktype": same_labels("EMAIL", "CALL", "TODO", "LINKED_IN", "MEETING"),
}
_RECORD_ROWS = """
hubspot_owner_id         enumeration/select     external    Owner
hubspot_owner_assigneddate datetime/date        ro      Owner assigned date
hs_lastmodifieddate      datetime/date          ro      Last modified date
hs_object_id             number/number          ro      Record ID
hs_object_source         string/text            ro      Record creation source
hs_object_source_id      string/text            ro      Record creation source ID
hs_object_source_label   enumeration/select     ro,external    Record source
hs_object_source_detail_1 string/text           ro      Record source detail 1
hs_object_source_user_id number/number          ro      Record creation source user ID
"""
_DEALS = """
[dealinformation | Deal information]
dealname                 string/text            -       Deal name
amount                   number/number          -       Amount
closedate                datetime/date          -       Close date
dealstage                enumeration/radio      opt:dealstage    Deal stage
pipeline                 enumeration/select     opt:pipeline    Pipeline
dealtype                 enumeration/radio      opt:dealtype,options    Deal type
description              string/textarea        -       Deal description
closed_lost_reason       string/textarea        -       Closed lost reason
closed_won_reason        string/textarea        -       Closed won reason
hs_is_closed             bool/booleancheckbox   calc    Is deal closed
hs_is_closed_won         bool/booleancheckbox   calc    Is closed won
createdate               datetime/date          ro      Create date
"""
_DEALS_CONNECTOR = """
hs_salesforceopportunityid string/text          ro      Salesforce opportunity ID
salesforcelastsynctime   datetime/date          ro      Last Salesforce sync time
"""
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
_MEETINGS = """
[meeting | Meeting information]
hs_timestamp             datetime/date          -       Activity date
hs_meeting_title         string/text            -       Meeting name
hs_meeting_body          string/html            -       Meeting description
hs_meeting_start_time    datetime/date          -       Meeting start time
hs_meeting_end_time      datetime/date          -       Meeting end time
hs_meeting_outcome       enumeration/select     opt:meetingoutcome    Meeting outcome
hs_createdate            datetime/date          ro      Create date
"""
_CALLS = """
[call | Call information]
hs_timestamp             datetime/date          -       Activity date
hs_call_title            string/text            -       Call title
hs_call_body             string/html            -       Call notes
hs_call_direction        enumeration/select     opt:calldirection    Call direction
hs_call_duration         number/number          -       Call duration
hs_call_status           enumeration/select     opt:callstatus    Call status
hs_createdate            datetime/date          ro      Create date
"""
_EMAILS = """
[email | Email information]
hs_timestamp             datetime/date          -       Activity date
hs_email_subject         string/text            -       Email subject
hs_email_text            string/textarea        -       Email body
hs_email_direction       enumeration/select     opt:emaildirection    Email direction
hs_email_status          enumeration/select     opt:emailstatus    Email send status
hs_createdate            datetime/date          ro      Create date
"""
_TICKETS = """
[ticketinformation | Ticket information]
subject                  string/text            -       Ticket name
content                  string/textarea        -       Ticket description
hs_pipeline              enumeration/select     opt:ticketpipeline    Pipeline
hs_pipeline_stage        enumeration/select     opt:ticketstage    Ticket status
hs_ticket_priority       enumeration/select     opt:priority    Priority
createdate               datetime/date          ro      Create date
"""
_GENERIC = {
    TICKETS: _TICKETS,
    TASKS: _TASKS,
    NOTES: _NOTES,
    MEETINGS: _MEETINGS,
    CALLS: _CALLS,
    EMAILS: _EMAILS,
}


def deal_catalogue(*, native_connector: bool) -> Catalogue:
    """Deal properties; with the native Salesforce connector's traces if it is installed."""
    return read_catalogue(
        _DEALS + _RECORD_ROWS + (_DEALS_CONNECTOR if native_connector else ""), _OPTION_SETS
    )


def generic_catalogues() -> dict[ObjectType, Catalogue]:
    """The properties of tickets and of every kind of activity."""
    return {
        kind: read_catalogue(table + _RECORD_ROWS, _OPTION_SETS) for kind, table in _GENERIC.items()
    }
