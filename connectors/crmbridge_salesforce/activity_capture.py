"""Whether Einstein Activity Capture takes mails that nobody who reads the API will see.

It shows captured mails beside a record, not as records: no task, no touch. Salesforce has an object
for its users' connections, which is there only where the feature is on (Object Reference,
*ActivityUsrConnectionStatus*, API 54.0 and later). Whether it also writes mails as activities
(Salesforce Help, *Sync Email as Salesforce Activity*) no query tells: tasks of mails hint at it.
"""

from __future__ import annotations

from typing import Final

from crmbridge.findings import Finding, fine, unseen, warning
from crmbridge_salesforce.client import SalesforceClient, Subrequest
from crmbridge_salesforce.errors import MISFITS
from crmbridge_salesforce.records import SYSTEM
from crmbridge_salesforce.soql import query_url

_CHECK: Final = "activity capture"
_CONNECTED: Final = (
    "SELECT COUNT() FROM ActivityUsrConnectionStatus "
    "WHERE ConnectivityStatus NOT IN ('DISABLED', 'PENDING')"
)
"""A mailbox that needs attention counts: once mended, its mails are captured."""
_MAIL_TASKS: Final = (
    "SELECT Id FROM Task WHERE TaskSubtype = 'Email' AND CreatedDate = LAST_N_DAYS:30 LIMIT 1"
)
_REMEDY: Final = (
    "switch on *Sync Email as Salesforce Activity* (Setup > Einstein Activity Capture > Settings), "
    "or have reps log their first mail as a task; until then a changed status is their first touch"
)


def examine_capture(client: SalesforceClient) -> Finding:
    """One call. An org that does not show the object has the feature off, or lets the integration
    user see nothing of it."""
    root = client.root
    connected, tasks = client.composite(
        [Subrequest(url=query_url(root, soql)) for soql in (_CONNECTED, _MAIL_TASKS)]
    )
    if connected.refusal is not None:
        if connected.refusal.code in MISFITS:
            return fine(_CHECK, SYSTEM, "no sign of Einstein Activity Capture")
        says = f"whether Einstein Activity Capture is on cannot be seen [{connected.refusal.code}]"
        return unseen(_CHECK, SYSTEM, says)
    users = int(connected.body["totalSize"])
    if not users:
        says = "Einstein Activity Capture is on, and nobody's mailbox is connected"
        return fine(_CHECK, SYSTEM, says)
    who = f"{users:,} {'user' if users == 1 else 'users'}"
    taken = f"Einstein Activity Capture takes the mails of {who}"
    # Who may not see tasks is told so elsewhere.
    if tasks.refusal is None and tasks.body["records"]:
        return unseen(
            _CHECK,
            SYSTEM,
            f"{taken}; some mails of the last 30 days are tasks, and a touch: whether all are "
            "cannot be told",
            f"if some are not: {_REMEDY}",
        )
    return warning(
        _CHECK,
        SYSTEM,
        f"{taken} and no mail of the last 30 days is a task: crmbridge cannot see what they send, "
        "and it is no touch",
        _REMEDY,
    )
