"""The contact properties of a fresh portal. HubSpot contract §7 and §5."""

from __future__ import annotations

from crmbridge_hubspot.simulator.catalogue import (
    Catalogue,
    OptionSet,
    read_catalogue,
    same_labels,
)

LIFECYCLE_STAGES: OptionSet = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)
LEAD_STATUSES: OptionSet = (
    ("NEW", "New"),
    ("OPEN", "Open"),
    ("IN_PROGRESS", "In Progress"),
    ("OPEN_DEAL", "Open Deal"),
    ("UNQUALIFIED", "Unqualified"),
    ("ATTEMPTED_TO_CONTACT", "Attempted to Contact"),
    ("CONNECTED", "Connected"),
    ("BAD_TIMING", "Bad Timing"),
)
SOURCES: OptionSet = (
    ("ORGANIC_SEARCH", "Organic Search"),
    ("PAID_SEARCH", "Paid Search"),
    ("EMAIL_MARKETING", "Email Marketing"),
    ("SOCIAL_MEDIA", "Organic Social"),
    ("REFERRALS", "Referrals"),
    ("OTHER_CAMPAIGNS", "Other Campaigns"),
    ("DIRECT_TRAFFIC", "Direct Traffic"),
    ("OFFLINE", "Offline Sources"),
    ("PAID_SOCIAL", "Paid Social"),
)
_OPTION_SETS: dict[str, OptionSet] = {
    "stage": LIFECYCLE_STAGES,
    "status": LEAD_STATUSES,
    "source": SOURCES,
    "employees": [
        (size, size)
        for size in ("1-5", "5-25", "25-50", "50-100", "100-500", "500-1000", "1000+")
    ],
    "bounce": same_labels("CONTENT", "MAILBOX_FULL", "OTHER", "POLICY", "SPAM", "UNKNOWN_USER"),
    "role": same_labels(
        "BLOCKER", "BUDGET_HOLDER", "CHAMPION", "DECISION_MAKER", "END_USER", "EXECUTIVE_SPONSOR",
        "INFLUENCER", "LEGAL_AND_COMPLIANCE", "OTHER",
    ),
    "seniority": same_labels(
        "vp", "manager", "employee", "entry", "executive", "owner", "partner", "senior",
        "director",
    ),
}  # fmt: skip

_TABLE = """
[contactinformation | Contact information]
email                    string/text            form    Email
firstname                string/text            form    First name
lastname                 string/text            form    Last name
salutation               string/text            form    Salutation
phone                    string/phonenumber     form    Phone number
mobilephone              string/phonenumber     form    Mobile phone number
jobtitle                 string/text            form    Job title
hs_seniority             enumeration/select     opt:seniority    Employment seniority
hs_buying_role           enumeration/checkbox   opt:role,options    Buying role
company                  string/text            form    Company name
website                  string/text            form    Website URL
address                  string/text            form    Street address
city                     string/text            form    City
state                    string/text            form    State/Region
zip                      string/text            form    Postal code
country                  string/text            form    Country/Region
industry                 string/text            form    Industry
numemployees             enumeration/select     form,opt:employees,options    Number of employees
annualrevenue            string/text            form    Annual revenue
message                  string/textarea        form    Message
hs_language              string/text            form    Preferred language
hs_timezone              string/text            -       Time zone
hs_email_domain          string/text            calc    Email domain
hs_additional_emails     enumeration/checkbox   ro,external    Additional email addresses
hs_persona               string/text            -       Persona
hs_lead_status           enumeration/radio      opt:status,options    Lead status
lifecyclestage           enumeration/radio      opt:stage    Lifecycle stage
hubspot_owner_id         enumeration/select     external    Contact owner
hubspot_owner_assigneddate datetime/date        ro      Owner assigned date
hubspot_team_id          enumeration/select     ro,external    HubSpot team
associatedcompanyid      number/number          external    Primary associated company ID
createdate               datetime/date          ro      Create date
closedate                datetime/date          -       Close date
lastmodifieddate         datetime/date          ro      Last modified date
hs_lastmodifieddate      datetime/date          ro,hidden    Object last modified date
hs_object_id             number/number          ro      Record ID
hs_object_source         string/text            ro      Record creation source
hs_object_source_id      string/text            ro      Record creation source ID
hs_object_source_label   enumeration/select     ro,external    Record source
hs_object_source_detail_1 string/text           ro      Record source detail 1
hs_object_source_detail_2 string/text           ro      Record source detail 2
hs_object_source_detail_3 string/text           ro      Record source detail 3
hs_object_source_user_id number/number          ro      Record creation source user ID
hs_merged_object_ids     enumeration/checkbox   ro,external    Merged record IDs
hs_calculated_merged_vids string/text           ro      Merged contact IDs with timestamps
hs_marketable_status     enumeration/select     ro,external    Marketing contact status
hs_predictivecontactscore_v2 number/number      ro      Likelihood to close
hubspotscore             number/number          ro      HubSpot score
[emailinformation | Email information]
hs_email_delivered       number/number          ro      Marketing emails delivered
hs_email_open            number/number          ro      Marketing emails opened
hs_email_click           number/number          ro      Marketing emails clicked
hs_email_replied         number/number          ro      Marketing emails replied
hs_email_bounce          number/number          ro      Marketing emails bounced
hs_email_first_send_date datetime/date          ro      First marketing email send date
hs_email_first_open_date datetime/date          ro      First marketing email open date
hs_email_first_click_date datetime/date         ro      First marketing email click date
hs_email_first_reply_date datetime/date         ro      First marketing email reply date
hs_email_last_send_date  datetime/date          ro      Last marketing email send date
hs_email_last_open_date  datetime/date          ro      Last marketing email open date
hs_email_last_click_date datetime/date          ro      Last marketing email click date
hs_email_last_reply_date datetime/date          ro      Last marketing email reply date
hs_email_last_email_name string/text            ro      Last marketing email name
hs_email_sends_since_last_engagement number/number ro   Sends since last engagement
hs_email_optout          bool/booleancheckbox   ro      Unsubscribed from all email
hs_email_bad_address     bool/booleancheckbox   ro      Invalid email address
hs_email_quarantined     bool/booleancheckbox   ro      Email address quarantined
hs_email_hard_bounce_reason_enum enumeration/select ro,opt:bounce    Email hard bounce reason
[conversioninformation | Conversion information]
num_conversion_events    number/number          calc    Number of form submissions
num_unique_conversion_events number/number      calc    Number of unique forms submitted
first_conversion_date    datetime/date          calc    First conversion date
first_conversion_event_name string/text         calc    First conversion
recent_conversion_date   datetime/date          calc    Recent conversion date
recent_conversion_event_name string/text        calc    Recent conversion
[analyticsinformation | Web analytics history]
hs_analytics_source      enumeration/select     ro,opt:source    Original traffic source
hs_analytics_source_data_1 string/text          ro      Original traffic source drill-down 1
hs_analytics_source_data_2 string/text          ro      Original traffic source drill-down 2
hs_latest_source         enumeration/select     ro,opt:source    Latest traffic source
hs_latest_source_data_1  string/text            ro      Latest traffic source drill-down 1
hs_latest_source_timestamp datetime/date        ro      Latest traffic source date
hs_analytics_first_timestamp datetime/date      ro      Time first seen
hs_analytics_first_url   string/text            ro      First page seen
hs_analytics_last_timestamp datetime/date       ro      Time last seen
hs_analytics_last_url    string/text            ro      Last page seen
hs_analytics_last_visit_timestamp datetime/date ro      Time of last session
hs_analytics_num_visits  number/number          ro      Number of sessions
hs_analytics_num_page_views number/number       ro      Number of page views
hs_analytics_num_event_completions number/number ro     Number of event completions
[contact_activity | Contact activity]
hs_sales_email_last_opened datetime/date        ro      Recent sales email opened date
hs_sales_email_last_clicked datetime/date       ro      Recent sales email clicked date
hs_sales_email_last_replied datetime/date       ro      Recent sales email replied date
engagements_last_meeting_booked datetime/date   ro      Date of last meeting booked
engagements_last_meeting_booked_source string/text ro   Source of last booking in meetings tool
hs_latest_meeting_activity datetime/date        ro      Latest meeting activity
hs_sequences_is_enrolled bool/booleancheckbox   ro      Currently in sequence
notes_last_contacted     datetime/date          ro      Last contacted
notes_last_updated       datetime/date          ro      Last activity date
num_contacted_notes      number/number          ro      Number of times contacted
num_notes                number/number          ro      Number of sales activities
hs_last_sales_activity_timestamp datetime/date  ro      Last engagement date
hs_sa_first_engagement_date datetime/date       ro      Date of first engagement
hs_time_to_first_engagement number/number       ro      Lead response time
hs_first_outreach_date   datetime/date          ro      First outreach date
hs_is_unworked           bool/booleancheckbox   ro      Contact unworked
"""

_CONNECTOR_TABLE = """
[salesforceinformation | Salesforce information]
salesforceleadid         string/text            ro      Salesforce lead ID
salesforcecontactid      string/text            ro      Salesforce contact ID
salesforceaccountid      string/text            ro      Salesforce account ID
salesforceownerid        string/text            ro      Salesforce owner ID
salesforcecampaignids    string/text            ro      Salesforce campaign IDs
salesforceopportunitystage string/text          ro      Salesforce opportunity stage
salesforcedeleted        bool/booleancheckbox   ro      Salesforce deleted
salesforcelastsynctime   datetime/date          ro      Last Salesforce sync time
"""


def contact_catalogue(*, native_connector: bool) -> Catalogue:
    """Contact properties; with the native Salesforce connector's traces if it is installed."""
    return read_catalogue(_TABLE + (_CONNECTOR_TABLE if native_connector else ""), _OPTION_SETS)
