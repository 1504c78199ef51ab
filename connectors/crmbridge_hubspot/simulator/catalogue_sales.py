"""The deal, ticket and lead properties of a fresh portal. HubSpot contract §10."""

from __future__ import annotations

from crmbridge_hubspot.simulator.catalogue import (
    RECORD_ROWS,
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
    "ticketpipeline": [("0", "Support Pipeline")],
    "ticketstage": [
        ("1", "New"),
        ("2", "Waiting on contact"),
        ("3", "Waiting on us"),
        ("4", "Closed"),
    ],
    "ticketpriority": same_labels("LOW", "MEDIUM", "HIGH", "URGENT"),
    "leadtype": [("NEW_BUSINESS", "New business"), ("UPSELL", "Upsell")],
    "leadlabel": same_labels("HOT", "WARM", "COLD"),
}
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
_TICKETS = """
[ticketinformation | Ticket information]
subject                  string/text            -       Ticket name
content                  string/textarea        -       Ticket description
hs_pipeline              enumeration/select     opt:ticketpipeline    Pipeline
hs_pipeline_stage        enumeration/select     opt:ticketstage    Ticket status
hs_ticket_priority       enumeration/select     opt:ticketpriority,options    Priority
createdate               datetime/date          ro      Create date
"""
_LEADS = """
[lead_information | Lead information]
hs_lead_name             string/text            -       Lead name
hs_lead_type             enumeration/select     opt:leadtype,options    Lead type
hs_lead_label            enumeration/select     opt:leadlabel,options    Lead label
hs_pipeline              enumeration/select     external    Lead pipeline
hs_pipeline_stage        enumeration/select     external    Lead stage
hs_createdate            datetime/date          ro      Create date
"""


def deal_catalogue(*, native_connector: bool) -> Catalogue:
    """Deal properties; with the native Salesforce connector's traces if it is installed."""
    return read_catalogue(
        _DEALS + RECORD_ROWS + (_DEALS_CONNECTOR if native_connector else ""), _OPTION_SETS
    )


def ticket_catalogue() -> Catalogue:
    """Ticket properties."""
    return read_catalogue(_TICKETS + RECORD_ROWS, _OPTION_SETS)


def lead_catalogue() -> Catalogue:
    """Properties of HubSpot's own lead records."""
    return read_catalogue(_LEADS + RECORD_ROWS, _OPTION_SETS)
