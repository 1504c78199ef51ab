"""From ``stages.yaml`` to the core's rules: status values, fields of the CRMs' own, questions."""

from __future__ import annotations

from crmbridge.core import fields as f
from crmbridge.core import rules as r
from crmbridge.core.model import ObjectType, Stage
from crmbridge.rulebook import schema as s
from crmbridge.rulebook.catalogue import FIELDS
from crmbridge.rulebook.faults import Fault, inverted, known
from crmbridge.rulebook.source import quoted

_FRAMEWORKS = {
    "bant": (f.BUDGET, f.AUTHORITY, f.NEED, f.TIMELINE),
    "champ": (f.CHALLENGES, f.AUTHORITY, f.MONEY, f.PRIORITIZATION),
}


def compile_stages(file: s.StagesFile) -> r.StageRules:
    """What statuses mean and show, and which fields say so; raises ``Fault``."""
    for stage in (Stage.MQL, Stage.CUSTOMER):
        if stage in file.statuses:
            raise Fault(("stages", "statuses", stage.value), f"no status can make a person {stage}")
    statuses = inverted(
        {stage.value: values for stage, values in file.statuses.items()}, ("stages", "statuses")
    )
    for stage, value in file.sales_status.items():
        read_as = statuses.get(" ".join(value.split()).casefold(), stage.value)
        if read_as != stage.value:
            message = f"{quoted(value)} would be read back as {read_as}"
            raise Fault(("stages", "sales_status", stage.value), message)
    return r.StageRules(
        statuses={value: Stage(name) for value, name in statuses.items()},
        lifecycle=dict(file.lifecycle),
        lead_status=dict(file.lead_status),
        sales_status=dict(file.sales_status),
        excluded_deal_types=frozenset(kind.casefold() for kind in file.excluded_deal_types),
        org_fields=_org_fields(file),
    )


def _org_fields(file: s.StagesFile) -> dict[str, dict[ObjectType, dict[str, str]]]:
    readable = {*FIELDS, f.REASON, f.REASON_DETAILS, f.PAUSE_REASON}
    for system, objects in file.org_fields.items():
        for kind, names in objects.items():
            for field in names:
                known(field, readable, ("stages", "org_fields", system, kind, field), "field")
    return {
        system: {ObjectType(kind): dict(names) for kind, names in objects.items()}
        for system, objects in file.org_fields.items()
    }


def compile_qualification(section: s.QualificationSection) -> r.QualificationRules:
    """The questions of the chosen framework."""
    return r.QualificationRules(
        framework=section.framework,
        questions=_FRAMEWORKS[section.framework],
        least=section.least_confirmed,
    )
