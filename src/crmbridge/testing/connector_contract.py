"""What every connector does, whatever its CRM: subclass this and give a fixture ``portal``.

    class TestMyCrm(ConnectorContract):
        @pytest.fixture
        def portal(self) -> Iterator[Portal]: ...

A test that needs a skill which the vendor lacks is skipped with the vendor's reason; no test is
changed for a vendor.
"""

from __future__ import annotations

from crmbridge.testing.account_contract import AccountContract
from crmbridge.testing.reading_contract import ReadingContract
from crmbridge.testing.writing_contract import WritingContract


class ConnectorContract(ReadingContract, WritingContract, AccountContract):
    """All of it."""
