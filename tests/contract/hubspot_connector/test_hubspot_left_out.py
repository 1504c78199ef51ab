"""What a good answer leaves out without a word is asked for by itself. Contract §4, §6."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.contract.hubspot_connector.conftest import CONTACTS, fill

from crmbridge.core.model import ObjectType, Ref

if TYPE_CHECKING:
    from crmbridge.simulation import SimulatorClient
    from crmbridge_hubspot.adapter import HubSpotConnector


@pytest.mark.parametrize("archived", [False, True])
def test_a_contact_left_out_keeps_what_it_did(
    connector: HubSpotConnector, marketer: SimulatorClient, archived: bool
) -> None:
    """Both where its fields are read and where its history is, in the recycle bin or not."""
    (identity,) = fill(marketer, 1)
    marketer.sim("visitor/form", {"id": identity, "form": "Whitepaper"})
    if archived:
        assert marketer.call("DELETE", f"{CONTACTS}/{identity}").ok
    marketer.sim("omissions", {"rows": 1, "times": 2})
    ref = Ref(system="hubspot", object_type=ObjectType.CONTACT, id=identity)
    page = connector.fetch([ref])
    assert 2 == marketer.sim("omissions", method="GET")["fired"]
    (record,) = page.records
    assert (archived, "email" in record.fields) == (record.deleted, True)
    assert 1 == len(page.facts)
