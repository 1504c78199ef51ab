"""What docs/connectors/hubspot.md says of refusals and settings is what the code does."""

from __future__ import annotations

from pathlib import Path

from crmbridge_hubspot.errors import FEATURES, TABLE
from crmbridge_hubspot.settings import HubSpotSettings

GUIDE = (Path(__file__).parents[3] / "docs/connectors/hubspot.md").read_text(encoding="utf-8")


def test_every_refusal_stands_in_the_guide_with_its_words_and_remedy() -> None:
    rows = [
        f"| {rule.name if rule.status else f'`{rule.name}`'} | {rule.says} | {rule.then.value} "
        f"| {rule.hint or '–'} |"
        for rule in TABLE
    ]

    assert [] == [row for row in rows if row not in GUIDE]
    table = GUIDE.partition("## When HubSpot refuses")[2].splitlines()
    assert len(rows) + 2 == sum(line.startswith("|") for line in table)


def test_every_setting_and_scope_is_explained() -> None:
    plain = {"base_url", "connect_timeout", "read_timeout"}
    names = set(HubSpotSettings.model_fields) - plain
    assert [] == sorted(name for name in names if f"`{name}`" not in GUIDE)
    assert [] == [scope for scope in FEATURES if scope != "tasks" and scope not in GUIDE]
