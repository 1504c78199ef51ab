"""What this org has: which fields we may see, what its stages mean, what history it keeps.

Fields may be absent or hidden from the integration user (contract §12, §14), and asking for
one that is fails the whole query; so nothing is asked for that was not described first.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any, Final

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType
from crmbridge.errors import ConfigError, did_you_mean
from crmbridge_salesforce.client import SalesforceClient, Subanswer, Subrequest
from crmbridge_salesforce.errors import as_error
from crmbridge_salesforce.layout import Layout
from crmbridge_salesforce.mapping import OBJECT_TYPES
from crmbridge_salesforce.payload import read_flag, read_text
from crmbridge_salesforce.soql import build, query_url

DESCRIBED: Final = ("Lead", "Contact", "Account", "Opportunity", "Task", "Event")
OPTIONAL: Final = ("CampaignMember",)
"""Objects that an edition may lack or the integration user not see: then they are not read."""

_UNCHANGED: Final = 304
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
    ``external`` one. ``creates`` and ``updates`` say whether the integration user may fill it in
    new records and change it."""

    name: str
    type: str
    length: int
    choices: tuple[str, ...] = ()
    restricted: bool = False
    external: bool = False
    creates: bool = True
    updates: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """One object: its fields by name, the relationships to its children, the ids of its record
    types by developer name; ``modified`` is since when it is so, as the org words it."""

    fields: Mapping[str, FieldDescription]
    relationships: frozenset[str]
    record_types: Mapping[str, str]
    modified: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrgSchema:
    """The descriptions by object name, and the ``layout`` they were asked for.

    ``tracked`` are the objects on which a history row of the status was ever seen: there, no
    row means no change; elsewhere changes may have gone unseen. ``lead_record_type`` is the id
    of the record type of new leads, where the settings name one.
    """

    layout: Layout
    objects: Mapping[str, Description]
    stages: Mapping[str, StageMeaning]
    tracked: frozenset[str]
    lead_record_type: str | None = None

    @property
    def fingerprint(self) -> str:
        """The same for schemas that offer the same."""
        shape = {
            "objects": {
                name: [
                    [astuple(each) for _, each in sorted(found.fields.items())],
                    sorted(found.relationships),
                    sorted(found.record_types),
                ]
                for name, found in self.objects.items()
            },
            "stages": self.stages,
        }
        return hashlib.sha256(json.dumps(shape, sort_keys=True).encode()).hexdigest()

    def sees(self, sobject: str) -> bool:
        """Whether the integration user may read this object at all."""
        return sobject in self.objects

    def fields(self, sobject: str) -> Mapping[str, FieldDescription]:
        """The object's fields by name; none where it is not seen."""
        found = self.objects.get(sobject)
        return found.fields if found else {}

    def has(self, sobject: str, name: str) -> bool:
        """Whether the integration user sees this field."""
        return name in self.fields(sobject)

    def present(self, sobject: str, names: tuple[str, ...]) -> tuple[str, ...]:
        """Those of ``names`` that the integration user sees, in order."""
        return tuple(name for name in names if self.has(sobject, name))

    def is_external(self, sobject: str, name: str) -> bool:
        """Whether records can be upserted by this field."""
        described = self.fields(sobject).get(name)
        return described is not None and described.external

    def choices(self, field: str) -> frozenset[str]:
        """Every value that some object offers for a canonical field."""
        return frozenset(
            value
            for sobject, kind in OBJECT_TYPES.items()
            if (described := self.fields(sobject).get(self.layout.name_of(kind, field)))
            for value in described.choices
        )

    def has_children(self, sobject: str, relationship: str) -> bool:
        """Whether the relationship can be queried from this object."""
        found = self.objects.get(sobject)
        return found is not None and relationship in found.relationships


def meaning_of(closed: object, won: object) -> StageMeaning:
    """The meaning of the two flags every stage has."""
    if read_flag(won):
        return StageMeaning.WON
    return StageMeaning.LOST if read_flag(closed) else StageMeaning.OPEN


def read_schema(
    client: SalesforceClient,
    layout: Layout,
    lead_record_type: str | None = None,
    known: OrgSchema | None = None,
) -> OrgSchema:
    """Describe the objects, list the stages and probe the histories: one call.

    Of what is ``known`` only what changed since is sent; whether rights that were given or taken
    are a change, the vendor does not say. Raises ``ConfigError`` where the rule book names a
    field that the integration user does not see: what reps say there would go unread; and where
    ``lead_record_type`` is not there.
    """
    before = known.objects if known else {}
    names = (*DESCRIBED, *OPTIONAL)
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
    answers = client.composite(
        [*(_describe(client.root, name, before.get(name)) for name in names), *queries]
    )
    objects = {
        name: found
        for name, answer in zip(names, answers, strict=False)
        if (found := _description(name, answer, before.get(name)))
    }
    stage_answer, *probed_answers = answers[len(names) :]
    stage_rows = _body(stage_answer, "query OpportunityStage")["records"]
    # An org without a history object refuses the probe: it keeps none.
    probed = zip(_PROBES, probed_answers, strict=True)
    schema = OrgSchema(
        layout=layout,
        objects=objects,
        stages={
            str(row["ApiName"]): meaning_of(row["IsClosed"], row["IsWon"]) for row in stage_rows
        },
        tracked=frozenset(
            sobject
            for (sobject, _, _), answer in probed
            if answer.refusal is None and answer.body["records"]
        ),
        lead_record_type=_record_type(objects["Lead"], lead_record_type),
    )
    _check_mapped(schema)
    for name in OBJECT_TYPES:
        layout.learn(name, {each.name: each.length for each in schema.fields(name).values()})
    return schema


def _describe(root: str, name: str, known: Description | None) -> Subrequest:
    headers = {"If-Modified-Since": known.modified} if known and known.modified else {}
    return Subrequest(url=f"{root}/sobjects/{name}/describe", headers=headers)


def _description(name: str, answer: Subanswer, known: Description | None) -> Description | None:
    """What the org says now; ``None`` for an object that it need not show."""
    if answer.status == _UNCHANGED and known is not None:
        return known
    if answer.refusal is not None and name in OPTIONAL:
        return None
    body = _body(answer, f"describe {name}")
    return Description(
        fields=_fields(body),
        relationships=_relationships(body),
        record_types={
            str(each["developerName"]): str(each["recordTypeId"])
            for each in body.get("recordTypeInfos") or ()
            if each["available"]
        },
        modified=answer.headers.get("Last-Modified", ""),
    )


def _record_type(lead: Description, name: str | None) -> str | None:
    if name is not None and name not in lead.record_types:
        guess = did_you_mean(name, lead.record_types)
        raise ConfigError(
            f"salesforce.lead_record_type: Lead has no record type {name!r} that the integration "
            f"user may use{guess}: correct the name, or assign the record type to the user"
        )
    return lead.record_types[name] if name is not None else None


def _check_mapped(schema: OrgSchema) -> None:
    for sobject, name in schema.layout.mapped():
        if not schema.has(sobject, name):
            guess = did_you_mean(name, schema.fields(sobject))
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
            creates=each.get("createable") is not False,
            updates=each.get("updateable") is not False,
        )
        for each in described["fields"]
    }


def _relationships(described: Mapping[str, Any]) -> frozenset[str]:
    names = (read_text(each.get("relationshipName")) for each in described["childRelationships"])
    return frozenset(name for name in names if name)
