"""Which versions of the API the org offers, and how long ours will be among them. Contract §1.

Salesforce supports a version for three years from its release at least and brings three a year; it
gives a year's notice before support ends, but no call tells of a notice. What can be told is the
age. REST API Developer Guide, *API End-of-Life Policy*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import requests

from crmbridge.errors import ConfigError, RetryableError
from crmbridge.findings import Finding, fine, unseen, warning
from crmbridge_salesforce.client import SalesforceClient
from crmbridge_salesforce.records import SYSTEM

_SUPPORTED: Final = 9
"""Releases in the three years that a version is supported at least."""
_LAST: Final = 1
"""Releases before the end from which on it is time to change."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class ApiVersion:
    """One version by its ``number``; ``label`` is the release that brought it."""

    number: int
    label: str = ""

    def __str__(self) -> str:
        return f"v{self.number}.0"


def offered_versions(client: SalesforceClient) -> list[ApiVersion]:
    """What the org offers, oldest first. Needs no session and is not counted as a call; raises
    ``RetryableError`` where the org gives no usable answer."""
    sdk = client.login().sdk
    try:
        answer = sdk.session.get(f"https://{sdk.sf_instance}/services/data/")
        return sorted(
            ApiVersion(number=int(float(each["version"])), label=str(each.get("label") or ""))
            for each in answer.json()
        )
    except (requests.RequestException, ValueError, TypeError, KeyError) as error:
        what = type(error).__name__
        raise RetryableError(f"salesforce: GET services/data: no usable answer ({what})") from None


def check_offered(client: SalesforceClient) -> None:
    """Raise ``ConfigError`` where our version is none of the org's: everything that is asked for
    under it seems not to be there. Nothing where the org does not tell."""
    try:
        offered = offered_versions(client)
    except RetryableError:
        return
    ours = _number(client)
    if offered and ours not in {each.number for each in offered}:
        raise ConfigError(
            f"salesforce.api_version: the org offers {offered[0]} to {offered[-1]}, not v{ours}.0"
        )


def examine_version(client: SalesforceClient) -> Iterator[Finding]:
    """How old our version is among those that the org offers; nothing where it is not among
    them, which the login says."""
    try:
        offered = {each.number: each for each in offered_versions(client)}
    except RetryableError as silent:
        yield unseen("API version", SYSTEM, str(silent))
        return
    ours = offered.get(_number(client))
    if ours is None:
        return
    newest = max(offered.values())
    left = _SUPPORTED - (newest.number - ours.number)
    if left > _LAST:
        says = f"{ours} ({ours.label}), of up to {newest} that the org offers"
        yield fine("API version", SYSTEM, says)
        return
    yield warning(
        "API version",
        SYSTEM,
        f"{ours} ({ours.label}) is old: the org offers {newest} ({newest.label}), and Salesforce "
        + (
            "supports a version for three years, which are nearly over"
            if left > 0
            else "may end its support, which it owes for three years"
        ),
        f"set salesforce.api_version to `{newest}`, or to what your release of crmbridge has as "
        "its default",
    )


def _number(client: SalesforceClient) -> int:
    return int(client.root.rpartition("/v")[2].partition(".")[0])
