"""What this org has: which fields we may see, what its stages mean, what history it keeps.

Fields may be absent or hidden from the integration user (contract §12, §14), and asking for
one that is fails the whole query; so nothing is asked for that was not described first.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType
from crmbridge.errors import ConfigError
from crmbridge_salesforce.client import SalesforceClient, Subanswer, Subrequest
from crmbridge_salesforce.errors import as_error
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.mapping import OBJECT_TYPES
from crmbridge_salesforce.payload import read_flag, read_text
from crmbridge_salesforce.soql import build, query_url

DESCRIBED: Final = ("Lead", "Contact", "Account", "Opportunity", "Task", "Event")
OPTIONAL: Final = ("CampaignMember",)
"""Objects that an edition may lack or the integration user not see: then they are not read."""

_PROBES: Final = (
    ("Lead", "LeadHistory", ObjectType.LEAD),
    ("Contact", "ContactHistory", ObjectType.CONTACT),
)


class StageMeaning(StrEnum):
    """What an opportunity stage says about the deal."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDescription:
    """One field as the integration user sees it; ``choices`` are a picklist's active values,
    and where it is ``restricted`` nothing else can be written. Records can be upserted by an
    ``external`` one."""

    name: str
    type: str
    length: int
    choices: tuple[str, ...] = ()
    restricted: bool = False
    external: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgSchema:
    """The answers, by object name, and the ``layout`` they were asked for.

    ``tracked`` are the objects on which a history row of the status was ever seen: there, no
    row means no change; elsewhere changes may have gone unseen. ``lead_record_type`` is the id
    of the record type of new leads, where the settings name one.
    """

    layout: Layout
    fields: Mapping[str, Mapping[str, FieldDescription]]
    relationships: Mapping[str, frozenset[str]]
    stages: Mapping[str, StageMeaning]
    tracked: frozenset[str]
    lead_record_type: str | None = None

    def sees(self, sobject: str) -> bool:
        """Whether the integration user may read this object at all."""
        return sobject in self.fields

    def has(self, sobject: str, name: str) -> bool:
        """Whether the integration user sees this field."""
        return name in self.fields.get(sobject, {})

    def present(self, sobject: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of ``names`` that the integration user sees, in order."""
        return tuple(name for name in names if self.has(sobject, name))

    def is_external(self, sobject: str, name: str) -> bool:
        """Whether records can be upserted by this field."""
        described = self.fields.get(sobject, {}).get(name)
        return described is not None and described.external

    def choices(self, field: str) -> frozenset[str]:
        """Every value that some object offers for a canonical field."""
        return frozenset(
            value
            for sobject, kind in OBJECT_TYPES.items()
            if (described := self.fields[sobject].get(self.layout.name_of(kind, field)))
            for value in described.choices
        )

    def has_children(self, sobject: str, relationship: str) -> bool:
        """Whether the relationship can be queried from this object."""
        return relationship in self.relationships.get(sobject, frozenset())


def meaning_of(closed: object, won: object) -> StageMeaning:
    """The meaning of the two flags every stage has."""
    if read_flag(won):
        return StageMeaning.WON
    return StageMeaning.LOST if read_flag(closed) else StageMeaning.OPEN


def read_schema(
    client: SalesforceClient, layout: Layout, lead_record_type: str | None = None
) -> OrgSchema:
    """Describe the objects, list the stages and probe the histories: one call.

    Raises ``ConfigError`` where the rule book names a field that the integration user does
    not see: what reps say there would go unread; and where ``lead_record_type`` is not there.
    """
    describes = [
        Subrequest(url=f"{client.root}/sobjects/{name}/describe")
        for name in (*DESCRIBED, *OPTIONAL)
    ]
    stages = build("SELECT ApiName, IsClosed, IsWon FROM OpportunityStage")
    probes = [
        build(
            "SELECT Id FROM {table:literal} WHERE Field = {name} LIMIT 1",
            table=table,
            name=layout.name_of(kind, f.STATUS),
        )
        for _, table, kind in _PROBES
    ]
    queries = [Subrequest(url=query_url(client.root, soql)) for soql in (stages, *probes)]
    answers = client.composite([*describes, *queries])
    described = {
        name: _body(answer, f"describe {name}")
        for name, answer in zip(DESCRIBED, answers, strict=False)
    }
    rest = answers[len(DESCRIBED) :]
    described |= {
        name: answer.body
        for name, answer in zip(OPTIONAL, rest, strict=False)
        if answer.refusal is None
    }
    stage_answer, *probed_answers = rest[len(OPTIONAL) :]
    stage_rows = _body(stage_answer, "query OpportunityStage")["records"]
    # An org without a history object refuses the probe: it keeps none.
    probed = zip(_PROBES, probed_answers, strict=True)
    schema = OrgSchema(
        layout=layout,
        fields={name: _fields(body) for name, body in described.items()},
        relationships={name: _relationships(body) for name, body in described.items()},
        stages={
            str(row["ApiName"]): meaning_of(row["IsClosed"], row["IsWon"]) for row in stage_rows
        },
        tracked=frozenset(
            sobject
            for (sobject, _, _), answer in probed
            if answer.refusal is None and answer.body["records"]
        ),
        lead_record_type=_record_type(described["Lead"], lead_record_type),
    )
    _check_mapped(schema)
    return schema


def _record_type(described: Mapping[str, Any], name: str | None) -> str | None:
    if name is None:
        return None
    known = {
        str(each["developerName"]): str(each["recordTypeId"])
        for each in described.get("recordTypeInfos") or ()
        if each["available"]
    }
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1)
        guess = f" (did you mean {near[0]!r}?)" if near else ""
        raise ConfigError(
            f"salesforce.lead_record_type: Lead has no record type {name!r} that the integration "
            f"user may use{guess}: correct the name, or assign the record type to the user"
        )
    return known[name]


def _check_mapped(schema: OrgSchema) -> None:
    for sobject, name in schema.layout.mapped():
        if not schema.has(sobject, name):
            near = difflib.get_close_matches(name, schema.fields[sobject], n=1)
            guess = f" (did you mean {near[0]!r}?)" if near else ""
            raise ConfigError(
                f"salesforce: stages.yaml, org_fields: {sobject} has no field {name!r} that the "
                f"integration user may see{guess}: correct the name, or grant the user the field"
            )


def _body(answer: Subanswer, doing: str) -> Any:
    if answer.refusal is not None:
        raise as_error(answer.refusal, doing)
    return answer.body


def _fields(described: Mapping[str, Any]) -> dict[str, FieldDescription]:
    return {
        each["name"]: FieldDescription(
            name=each["name"],
            type=each["type"],
            length=int(each.get("length") or 0),
            choices=tuple(
                str(value["value"]) for value in each.get("picklistValues") or () if value["active"]
            ),
            restricted=each.get("restrictedPicklist") is True,
            external=each.get("externalId") is True or each.get("idLookup") is True,
        )
        for each in described["fields"]
    }


def _relationships(described: Mapping[str, Any]) -> frozenset[str]:
    names = (read_text(each.get("relationshipName")) for each in described["childRelationships"])
    return frozenset(name for name in names if name)
