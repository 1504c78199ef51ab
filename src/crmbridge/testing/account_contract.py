"""What every connector does with the account itself: setting it up, and telling what it offers."""

from __future__ import annotations

import re

from crmbridge.core.model import Ref
from crmbridge.testing.portal import Portal


class AccountContract:
    """Fields and lists of ours, choices, pages for people."""

    def test_setting_up_twice_makes_nothing_new(self, portal: Portal) -> None:
        """After ``provision`` nothing is missing, and another one creates nothing."""
        lists = {"NL-TIMING": "webinars and market news"}
        portal.connector.provision(lists)
        items = portal.connector.inspect(lists)
        assert items
        assert [] == [each.name for each in items if not each.present or each.problem]
        assert [] == portal.connector.provision(lists)

    def test_what_was_set_up_can_be_taken_away(self, portal: Portal) -> None:
        """``remove`` takes away all that is ``removable``, and ``provision`` brings it back."""
        portal.connector.provision({})
        ours = [each.name for each in portal.connector.removable()]
        assert ours
        assert [] == [each.failure for each in portal.connector.remove(ours) if each.failure]
        assert [] == portal.connector.removable()
        portal.connector.provision({})
        assert sorted(ours) == sorted(each.name for each in portal.connector.removable())

    def test_choices_are_those_of_the_account(self, portal: Portal) -> None:
        """What the account offers for the fields of the rule book is told, and is not empty."""
        offered = portal.connector.choices()
        assert offered
        assert any(offered.values())

    def test_a_record_has_a_page_for_people(self, portal: Portal) -> None:
        """Its web address bears the record's id, and finding it makes no call."""
        portal.connector.ping()
        before = portal.connector.calls
        ref = Ref(system=portal.connector.name, object_type=portal.person, id="17")
        page = portal.connector.page(ref)
        assert page is not None
        assert re.fullmatch(r"https?://\S+/17", page)
        assert before == portal.connector.calls
