"""Reads objects by id, and takes no silence for an answer. HubSpot contract §4, §6.

A batch says which ids it does not know. One that is in neither the results nor the errors was left
out without a word, as merged ids are: it is asked for by itself, where HubSpot follows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crmbridge.errors import RejectedRecord
from crmbridge_hubspot.client import HubSpotClient, Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The objects that are there, in no certain order, at the portal's time ``at``. One that was
    merged away stands under the id of the winner."""

    items: list[dict[str, Any]]
    at: datetime


def read_batch(
    client: HubSpotClient,
    path: str,
    ids: Sequence[str],
    *,
    properties: Sequence[str],
    history: Sequence[str] = (),
    archived: bool = False,
) -> Found:
    """The objects of ``path`` with these ids, as many as one batch takes: 100, or 50 with the
    ``history`` of properties; of the ``archived`` ones instead of the others if so wanted. One
    call, and one more for every id that was left out."""
    inputs = [{"id": each} for each in ids]
    body: dict[str, Any] = {"properties": list(properties), "inputs": inputs}
    if history:
        body["propertiesWithHistory"] = list(history)
    reply = client.post(f"{path}/batch/read{'?archived=true' if archived else ''}", body)
    items = list(reply.body.get("results") or ())
    answered = {str(item["id"]) for item in items} | _unknown(reply)
    for identity in ids:
        if identity not in answered:
            one = f"{path}/{identity}"
            single = _read_one(client, one, properties, history, archived=archived)
            items += [single] if single else []
    return Found(items=items, at=reply.at)


def _unknown(reply: Reply) -> set[str]:
    """The ids that HubSpot says it does not have."""
    contexts = [error.get("context") or {} for error in reply.body.get("errors") or ()]
    return {str(each) for context in contexts for each in context.get("ids") or ()}


def _read_one(
    client: HubSpotClient,
    path: str,
    properties: Sequence[str],
    history: Sequence[str],
    *,
    archived: bool,
) -> dict[str, Any] | None:
    try:
        return client.get(
            path,
            properties=",".join(properties) or None,
            propertiesWithHistory=",".join(history) or None,
            archived="true" if archived else None,
        ).body
    except RejectedRecord:
        return None
