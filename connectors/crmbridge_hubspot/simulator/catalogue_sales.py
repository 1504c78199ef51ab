"""The deal, task and note properties of a fresh portal. HubSpot contract §13."""

from __future__ import annotations

from crmbridge_hubspot.simulator.catalogue import (
    Catalogue,
    OptionSet,
    read_catalogue,
    same_labels,
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


def deal_catalogue(*, native_connector: bool) -> Catalogue:
    """Deal properties; with the native Salesforce connector's traces if it is installed."""
    return read_catalogue(
        _DEALS + _RECORD_ROWS + (_DEALS_CONNECTOR if native_connector else ""), _OPTION_SETS
    )


def task_catalogue() -> Catalogue:
    """Task properties."""
    return read_catalogue(_TASKS + _RECORD_ROWS, _OPTION_SETS)


def note_catalogue() -> Catalogue:
    """Note properties."""
    return read_catalogue(_NOTES + _RECORD_ROWS, _OPTION_SETS)
