"""What docs/connectors/salesforce.md says of logins, refusals and cost is what the code does."""

from __future__ import annotations

from pathlib import Path

from crmbridge_salesforce.errors import TABLE
from crmbridge_salesforce.settings import Flow, SalesforceSettings

GUIDE = (Path(__file__).parents[3] / "docs/connectors/salesforce.md").read_text(encoding="utf-8")


def test_every_refusal_stands_in_the_guide_with_its_words_and_remedy() -> None:
    rows = [
        f"| `{rule.code}`"
        + (f" ({rule.text})" if rule.text else "")
        + (" naming a field" if rule.named else "")
        + f" | {rule.says} | {rule.then.value} | {rule.hint or '–'} |"
        for rule in TABLE
    ]

    assert [] == [row for row in rows if row not in GUIDE]
    listed = GUIDE.partition("## When Salesforce refuses")[2].splitlines()
    assert len(rows) == sum(line.startswith("| `") for line in listed)


def test_every_flow_and_its_settings_are_explained() -> None:
    assert [] == [flow for flow in Flow if f"| `{flow}`" not in GUIDE]
    unsaid = {"base_url", "flow", "password", "api_version", "batch_size"}
    timeouts = {"connect_timeout", "read_timeout"}
    names = set(SalesforceSettings.model_fields) - unsaid - timeouts
    assert [] == sorted(name for name in names if f"`{name}`" not in GUIDE)
