"""What the admins of an org add to a save: duplicate rules and flows. Contract §11, §17."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.table import Row, live

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.switches import DuplicateRule
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_QUESTION = "Use one of these records?"


def run_flows(world: SalesforceWorld, sobject: str, old: Row | None, row: Row) -> None:
    """Let every flow whose field changed set its values on the record being saved."""
    for flow in world.switches.flows:
        if flow.sobject != sobject:
            continue
        if old is None or old.get(flow.watched) != row.get(flow.watched):
            row.update(flow.values)


def check_duplicates(
    world: SalesforceWorld, actor: Actor, sobject: str, old: Row | None, row: Row
) -> None:
    """Refuse a record that matches another by a duplicate rule, unless it may be saved."""
    for rule in world.switches.duplicate_rules:
        value = row.get(rule.field)
        if rule.sobject != sobject or value is None or (old and old.get(rule.field) == value):
            continue
        table = world.store.table(sobject)
        if table.indexed(rule.field):
            same = table.with_value(rule.field, value)
        else:
            same = [other for other in table.rows() if other.get(rule.field) == value]
        matches = [other["Id"] for other in live(same) if other["Id"] != row["Id"]]
        if matches and not (rule.allow_save and actor.allow_save):
            raise _duplicates(rule, matches)


def _duplicates(rule: DuplicateRule, matches: list[str]) -> ApiError:
    records = [
        {
            "additionalInformation": [],
            "fieldDiffs": [],
            "matchConfidence": 100.0,
            "record": {"attributes": {"type": rule.sobject}, "Id": record_id},
        }
        for record_id in matches
    ]
    result: dict[str, Any] = {
        "allowSave": rule.allow_save,
        "duplicateRule": f"Standard_{rule.sobject}_Duplicate_Rule",
        "duplicateRuleEntityType": rule.sobject,
        "errorMessage": _QUESTION,
        "matchResults": [
            {
                "entityType": rule.sobject,
                "errors": [],
                "matchEngine": "ExactMatchEngine",
                "matchRecords": records,
                "rule": f"Standard_{rule.sobject}_Match_Rule",
                "size": len(records),
                "success": True,
            }
        ],
    }
    # The key is misspelt on the platform too.
    return ApiError(400, "DUPLICATES_DETECTED", _QUESTION, extra={"duplicateResut": result})


def check_validation(world: SalesforceWorld, sobject: str, row: Row) -> None:
    """Refuse what a validation rule of the org forbids. Salesforce contract §11."""
    for rule in world.switches.validation_rules:
        if rule.sobject == sobject and row.get(rule.field) is None:
            code = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
            raise ApiError(400, code, rule.message, [rule.field])
