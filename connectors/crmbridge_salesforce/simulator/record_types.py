"""Record types: kinds of one object that an admin defines. Salesforce contract §12."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator import fields as f
from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.ids import MASTER_RECORD_TYPE

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.schema import SObject
    from crmbridge_salesforce.simulator.world import SalesforceWorld

FIELD = "RecordTypeId"
_NAME = re.compile(r"[A-Za-z](_?[A-Za-z0-9])*")


def add_record_types(world: SalesforceWorld, name: str, names: Sequence[str]) -> list[str]:
    """Give an object these record types; the first brings the field that names them."""
    sobject = world.schema.known(name)
    strange = [each for each in names if not _NAME.fullmatch(each)]
    if strange:
        raise ApiError(400, "INVALID_FULL_NAME", f"no developer name: {strange[0]}")
    if sobject.field(FIELD) is None:
        field = f.reference(FIELD, "Record Type ID", ("RecordType",), "RecordType")
        sobject.put_field(field)
        world.store.table(sobject.name).index(field)
    world.schema_changed_at = world.now()
    return [
        str(
            world.insert(
                "RecordType",
                world.integration_user_id,
                {
                    "Name": each.replace("_", " "),
                    "DeveloperName": each,
                    "SobjectType": sobject.name,
                    "IsActive": True,
                },
            )["Id"]
        )
        for each in names
    ]


def record_type_infos(world: SalesforceWorld, sobject: SObject, root: str) -> list[dict[str, Any]]:
    """What a describe says of an object's record types; the master is always there."""
    found = [
        (str(row["Id"]), str(row["Name"]), str(row["DeveloperName"]))
        for row in world.store.table("RecordType").each()
        if row["SobjectType"] == sobject.name
    ]
    infos = [(MASTER_RECORD_TYPE, "Master", "Master"), *found]
    return [
        {
            "active": True,
            "available": True,
            "defaultRecordTypeMapping": identity == MASTER_RECORD_TYPE,
            "developerName": developer_name,
            "master": identity == MASTER_RECORD_TYPE,
            "name": label,
            "recordTypeId": identity,
            "urls": {"layout": f"{root}/sobjects/{sobject.name}/describe/layouts/{identity}"},
        }
        for identity, label, developer_name in infos
    ]
