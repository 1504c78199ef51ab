"""What only one vendor's CRM can be wrong about, each planted once and found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from crmbridge.findings import Finding, Severity

if TYPE_CHECKING:
    from tests.scenario.doctor.conftest import Surgery


def told(surgery: Surgery, check: str, about: str = "salesforce", **more: Any) -> Finding:
    """The one thing that the doctor says of it."""
    (found,) = [each for each in surgery.look(**more) if (each.check, each.about) == (check, about)]
    return found


@pytest.mark.parametrize(
    ("newest", "severity"),
    [(67, Severity.FINE), (74, Severity.FINE), (75, Severity.WARNING), (80, Severity.WARNING)],
)
def test_an_api_version_that_may_soon_be_retired(
    newest: int, severity: Severity, surgery: Surgery
) -> None:
    """Three releases a year, and three years of support: the eighth after ours is the last but
    one."""
    surgery.people.org.sim("versions", {"newest": newest})
    try:
        found = told(surgery, "API version")
    finally:
        surgery.people.org.sim("versions", {})
    assert severity is found.severity
    assert found.says.startswith("v67.0 (Summer '26)")
    assert bool(found.remedy) is (severity is Severity.WARNING)
    if found.remedy:
        assert f"the org offers v{newest}.0" in found.says
        assert f"set salesforce.api_version to `v{newest}.0`" in found.remedy


@pytest.mark.parametrize(
    ("offered", "named"),
    [({"oldest": 68, "newest": 76}, "v68.0 to v76.0"), ({"newest": 66}, "v59.0 to v66.0")],
)
def test_an_api_version_that_the_org_does_not_offer(
    offered: dict[str, int], named: str, surgery: Surgery
) -> None:
    """Retired by now, or too new for it."""
    surgery.people.org.sim("versions", offered)
    try:
        found = surgery.only()
    finally:
        surgery.people.org.sim("versions", {})
    assert ("login", Severity.ERROR) == (found.check, found.severity)
    assert f"salesforce.api_version: the org offers {named}, not v67.0" in found.says
    assert "settings section `salesforce`" in found.remedy
