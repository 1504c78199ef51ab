"""Einstein Activity Capture, as far as the API shows it: whose mailbox is connected.

Salesforce Object Reference, *ActivityUsrConnectionStatus* (API version 54.0 and later): the object
is there only where the feature is on. The mails themselves are in no object.
"""

from __future__ import annotations

from crmbridge_salesforce.simulator import fields as f
from crmbridge_salesforce.simulator.schema import SObject

CONNECTIONS = "ActivityUsrConnectionStatus"
STATUSES = (
    "ACTIVE",
    "DISABLED",
    "INITIALIZING",
    "NEEDSATTENTION",
    "NEEDSATTENTIONGLOBAL",
    "NEEDSATTENTIONHYBRID",
    "PENDING",
    "PROCESSING",
)
_PREFIX = "9cS"
"""Made up: the reference names none, and nothing points to these rows."""


def connections() -> SObject:
    """One row for each user who takes part."""
    fields = [
        f.record_id("ActivityUsrConnectionStatus Id"),
        f.text("UserId", "User Id", 18, **f.READ_ONLY),
        f.text("UserName", "User Name", 18, **f.READ_ONLY),
        f.text("EmailAddress", "Email Address", 18, **f.READ_ONLY),
        f.text("ConfigurationName", "Configuration Name", 18, **f.READ_ONLY),
        f.picklist(
            "ConnectivityStatus", "Connection Status", STATUSES, restricted=True, **f.READ_ONLY
        ),
        f.boolean("IsTermsOfServiceAccepted", "Is Terms Of Service Accepted", **f.READ_ONLY),
    ]
    return f.make(
        CONNECTIONS,
        "Activity User Connection Status",
        "Activity User Connection Statuses",
        _PREFIX,
        fields,
        createable=False,
        updateable=False,
        deletable=False,
        replicateable=False,
    )
