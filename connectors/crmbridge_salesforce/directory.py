"""The org's users and queues: who can own a record or act on it. Salesforce contract §12."""

from __future__ import annotations

from typing import Final

from crmbridge.core.model import ObjectType, Owner, OwnerKind
from crmbridge_salesforce.client import SalesforceClient, Subrequest
from crmbridge_salesforce.errors import as_query_error
from crmbridge_salesforce.fetching import follow
from crmbridge_salesforce.payload import Row, read_flag, read_text
from crmbridge_salesforce.records import ref_of
from crmbridge_salesforce.soql import build, query_url

_USERS: Final = (
    "SELECT Id, Name, Email, IsActive, TimeZoneSidKey, ManagerId, UserType FROM User ORDER BY Id"
)
_QUEUES: Final = "SELECT Id, Name, Email FROM Group WHERE Type = {kind} ORDER BY Id"

_PROCESSES: Final = frozenset({"AutomatedProcess", "CloudIntegrationUser", "Guest"})
"""User types behind which nobody sits."""


def read_owners(client: SalesforceClient) -> tuple[Owner, ...]:
    """Every user, inactive ones too, and every queue: one call unless there are thousands."""
    our_user = client.login().user_id
    queries = (build(_USERS), build(_QUEUES, kind="Queue"))
    answers = client.composite([Subrequest(url=query_url(client.root, each)) for each in queries])
    for answer, name in zip(answers, ("User", "Group"), strict=True):
        if answer.refusal is not None:
            raise as_query_error(answer.refusal, f"query {name}")
    users, queues = (follow(client, answer.body) for answer in answers)
    return (*(_user(row, our_user) for row in users), *(_queue(row) for row in queues))


def _user(row: Row, our_user: str) -> Owner:
    process = row.get("UserType") in _PROCESSES or row["Id"] == our_user
    return Owner(
        ref=ref_of(ObjectType.OWNER, row["Id"]),
        name=str(row["Name"]),
        kind=OwnerKind.AUTOMATION if process else OwnerKind.HUMAN,
        email=read_text(row.get("Email")),
        time_zone=read_text(row.get("TimeZoneSidKey")),
        active=read_flag(row.get("IsActive")),
        manager_id=read_text(row.get("ManagerId")),
    )


def _queue(row: Row) -> Owner:
    return Owner(
        ref=ref_of(ObjectType.OWNER, row["Id"]),
        name=str(row["Name"]),
        kind=OwnerKind.QUEUE,
        email=read_text(row.get("Email")),
    )
