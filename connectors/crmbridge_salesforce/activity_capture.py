"""Whether Einstein Activity Capture takes mails that nobody who reads the API will see.

It shows captured mails beside a record, not as records: no task, no touch. Salesforce has an object
for its users' connections, which is there only where the feature is on (Object Reference,
*ActivityUsrConnectionStatus*, API 54.0 and later). Whether it also writes mails as activities
(Salesforce Help, *Sync Email as Salesforce Activity*) no query tells: tasks of mails hint at it.
"""

from __future__ import annotations

from typing import Final

from crmbridge.findings import Finding, fine, unseen, warning
from crmbridge_salesforce.client import SalesforceClient, Subanswer, Subrequest
from crmbridge_salesforce.errors import MISFITS, as_error
from crmbridge_salesforce.records import SYSTEM
from crmbridge_salesforce.soql import query_url

_CHECK: Final = "activity capture"
_CONNECTED: Final = (
    "SELECT COUNT() FROM ActivityUsrConnectionStatus "
    "WHERE ConnectivityStatus NOT IN ('DISABLED', 'PENDING')"
)
"""A mailbox that needs attention counts: once mended, its mails are captured."""
_MAIL_TASKS: Final = (
    "SELECT COUNT() FROM Task WHERE TaskSubtype = 'Email' AND CreatedDate = LAST_N_DAYS:30"
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
    if connected.refusal is not None and connected.refusal.code in MISFITS:
        return fine(_CHECK, SYSTEM, "no sign of Einstein Activity Capture")
    users = _count(connected)
    if not users:
        says = "Einstein Activity Capture is on, and nobody's mailbox is connected"
        return fine(_CHECK, SYSTEM, says)
    taken = f"Einstein Activity Capture takes the mails of {_some(users, 'user')}"
    # Who may not see tasks is told so elsewhere.
    logged = 0 if tasks.refusal is not None else _count(tasks)
    if logged:
        verb = "is a task" if logged == 1 else "are tasks"
        return unseen(
            _CHECK,
            SYSTEM,
            f"{taken}; {_some(logged, 'mail')} of the last 30 days {verb}, and a touch: whether "
            "all are cannot be told",
            f"if some are not: {_REMEDY}",
        )
    return warning(
        _CHECK,
        SYSTEM,
        f"{taken} and no mail of the last 30 days is a task: crmbridge cannot see what they send, "
        "and it is no touch",
        _REMEDY,
    )


def _count(answer: Subanswer) -> int:
    if answer.refusal is not None:
        raise as_error(answer.refusal, "query ActivityUsrConnectionStatus")
    return int(answer.body["totalSize"])


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
