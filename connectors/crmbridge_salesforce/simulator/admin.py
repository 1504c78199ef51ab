"""The org's own routes under ``/__sim__/``: people, sessions, and acts REST cannot do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from crmbridge.simulation.admin import (
    AdminRefusal,
    admin_body,
    admin_endpoint,
    parse_instant,
)
from crmbridge_salesforce.simulator.bulk_jobs import Pace
from crmbridge_salesforce.simulator.conditions import CONDITIONS
from crmbridge_salesforce.simulator.conversion import Conversion, convert_lead, map_lead_fields
from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.ids import full_id
from crmbridge_salesforce.simulator.merging import merge_records
from crmbridge_salesforce.simulator.office_hours import add_business_hours, add_holiday
from crmbridge_salesforce.simulator.person_accounts import add_person_account, switch_on
from crmbridge_salesforce.simulator.record_types import add_record_types
from crmbridge_salesforce.simulator.seeding import add_queue, add_user, replace_statuses
from crmbridge_salesforce.simulator.switches import DuplicateRule, Flow, RowFault, ValidationRule
from crmbridge_salesforce.simulator.times import parse_date
from crmbridge_salesforce.simulator.values import read_value

if TYPE_CHECKING:
    from starlette.requests import Request

    from crmbridge_salesforce.simulator.schema import Field
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld

Body = dict[str, Any]
Act = Callable[["SalesforceWorld", Body], Body]
_USER_FIELDS = frozenset({"Name", "Email", "TimeZoneSidKey", "ManagerId", "IsActive", "UserType"})


def admin_api(world: SalesforceWorld) -> list[Route]:
    """The routes; every act is a POST of a JSON object and answers one."""
    acts: dict[str, Act] = {
        "session": open_session,
        "expire": expire_sessions,
        "app": set_app,
        "refresh_token": issue_refresh_token,
        "users": create_user,
        "queues": create_queue,
        "assignment": set_assignment,
        "convert": convert,
        "merge": merge,
        "undelete": undelete,
        "purge": purge,
        "touch": touch,
        "late": make_late,
        "tracking": set_tracking,
        "hidden": hide,
        "statuses": set_statuses,
        "row_faults": add_row_fault,
        "latest_date_covered": pin_latest_date,
        "activity_keys": allow_activity_keys,
        "person_account": add_person,
        "business_hours": set_hours,
        "holidays": set_holiday,
        "lead_mapping": set_lead_mapping,
        "pages": set_pages,
        "record_types": add_types,
        "duplicate_rules": set_duplicate_rules,
        "flows": set_flows,
        "bulk": set_bulk_pace,
        "validation_rules": set_validation_rules,
        **CONDITIONS,
    }
    return [
        Route(f"/__sim__/{name}", _endpoint(world, act), methods=["POST"])
        for name, act in acts.items()
    ]


def _endpoint(world: SalesforceWorld, act: Act) -> Callable[[Request], Any]:
    @admin_endpoint
    async def endpoint(request: Request) -> Response:
        body = await admin_body(request)
        try:
            return JSONResponse(act(world, body))
        except ApiError as error:
            raise AdminRefusal(400, str(error)) from None
        except KeyError as missing:
            raise AdminRefusal(400, f"missing or unknown: {missing.args[0]}") from None

    return endpoint


def open_session(world: SalesforceWorld, body: Body) -> Body:
    """``{"user_id"}`` → ``{"access_token"}``: act as this user."""
    return {"access_token": world.sessions.open(_row(world, "User", body["user_id"])["Id"])}


def expire_sessions(world: SalesforceWorld, body: Body) -> Body:
    """``{"token"}``, ``{"user_id"}`` or ``{"all": true}`` → how many sessions ended."""
    if body.get("user_id"):
        return {"expired": world.sessions.expire_of(_row(world, "User", body["user_id"])["Id"])}
    if body.get("all") is True:
        return {"expired": world.sessions.expire()}
    return {"expired": world.sessions.expire(str(body["token"]))}


def set_app(world: SalesforceWorld, body: Body) -> Body:
    """``{"public_key"?: PEM or null, "rotates"?}`` → what the app does now."""
    unknown = sorted(set(body) - {"public_key", "rotates"})
    if unknown:
        raise AdminRefusal(400, f"unknown keys: {', '.join(unknown)}")
    if "public_key" in body:
        world.app.public_key = body["public_key"]
    world.app.rotates = bool(body.get("rotates", world.app.rotates))
    return {"checks_signatures": bool(world.app.public_key), "rotates": world.app.rotates}


def issue_refresh_token(world: SalesforceWorld, body: Body) -> Body:
    """``{"user_id"}`` → ``{"refresh_token"}``, as if the user had authorized the app."""
    return {"refresh_token": world.app.issue(_row(world, "User", body["user_id"])["Id"])}


def create_user(world: SalesforceWorld, body: Body) -> Body:
    """``{"Name", "Email"?, "TimeZoneSidKey"?, "ManagerId"?, "IsActive"?, "UserType"?}`` → id."""
    unknown = sorted(set(body) - _USER_FIELDS)
    if unknown:
        raise AdminRefusal(400, f"unknown keys: {', '.join(unknown)}")
    if body.get("ManagerId"):
        body["ManagerId"] = _row(world, "User", body["ManagerId"])["Id"]
    return {"id": add_user(world, {"Name": body["Name"], **body})}


def create_queue(world: SalesforceWorld, body: Body) -> Body:
    """``{"Name"}`` → id of the new queue."""
    return {"id": add_queue(world, str(body["Name"]))}


def set_assignment(world: SalesforceWorld, body: Body) -> Body:
    """``{"users": [ids of users and queues], "by"?: a lead's field}`` → the rule's id; an empty
    list switches it off. Leads go out in turn, or by what they have in the field."""
    owners = [
        _row(world, "Group" if str(each).startswith("00G") else "User", each)["Id"]
        for each in body["users"]
    ]
    by = _field(world, "Lead", body["by"])[1].name if body.get("by") else ""
    world.assignment.activate(owners, by)
    return {"rule_id": world.assignment.rule_id, "active": world.assignment.active}


def convert(world: SalesforceWorld, body: Body) -> Body:
    """Convert a lead as a user would; the keys are those of ``Conversion``."""
    unknown = sorted(set(body) - set(Conversion.__dataclass_fields__))
    if unknown:
        raise AdminRefusal(400, f"unknown keys: {', '.join(unknown)}")
    wish = {
        **body,
        "lead_id": _row(world, "Lead", body["lead_id"])["Id"],
        "user_id": _row(world, "User", body["user_id"])["Id"],
    }
    if body.get("account_id"):
        wish["account_id"] = _row(world, "Account", body["account_id"])["Id"]
    if body.get("contact_id"):
        wish["contact_id"] = _row(world, "Contact", body["contact_id"])["Id"]
    if body.get("close_date"):
        wish["close_date"] = parse_date(str(body["close_date"]))
    return dict(convert_lead(world, Conversion(**wish)))


def merge(world: SalesforceWorld, body: Body) -> Body:
    """``{"object", "master_id", "loser_ids", "user_id"?}`` → the master's id."""
    name = str(body["object"])
    master = _row(world, name, body["master_id"])["Id"]
    losers = [_row(world, name, each)["Id"] for each in body["loser_ids"]]
    user_id = _row(world, "User", body.get("user_id", world.integration_user_id))["Id"]
    merge_records(world, name, master, losers, user_id)
    return {"id": master}


def undelete(world: SalesforceWorld, body: Body) -> Body:
    """``{"object", "id"}``: take a record out of the recycle bin."""
    row = _row(world, str(body["object"]), body["id"])
    world.touch(str(body["object"]), row, {"IsDeleted": False})
    return {"id": row["Id"]}


def purge(world: SalesforceWorld, body: Body) -> Body:
    """``{"object", "id"}``: forget a record for good, as when the bin is emptied."""
    row = _row(world, str(body["object"]), body["id"])
    world.store.remove(str(body["object"]), row["Id"])
    return {"id": row["Id"]}


def touch(world: SalesforceWorld, body: Body) -> Body:
    """``{"object", "id"}``: move SystemModstamp alone, as system jobs do."""
    row = _row(world, str(body["object"]), body["id"])
    world.touch(str(body["object"]), row, {})
    return {"id": row["Id"]}


def make_late(world: SalesforceWorld, body: Body) -> Body:
    """``{"object", "id", "seconds_older"}``: as if a long transaction had committed just now."""
    name = str(body["object"])
    row = _row(world, name, body["id"])
    stamp = world.schema.known(name).stamp_field
    older = row[stamp] - timedelta(seconds=float(body["seconds_older"]))
    world.store.put(name, {**row, stamp: older})
    return {"id": row["Id"], stamp: older.isoformat()}


def set_tracking(world: SalesforceWorld, body: Body) -> Body:
    """``{"object", "fields"}``: the fields whose history is kept from now on."""
    name = str(body["object"])
    sobject = world.schema.known(name)
    if name not in world.tracked:
        raise AdminRefusal(400, f"{name} keeps no field history")
    fields = [sobject.field(str(each)) for each in body["fields"]]
    if None in fields:
        raise AdminRefusal(400, f"unknown field of {name}")
    world.tracked[name] = {field.name for field in fields if field}
    return {"object": name, "fields": sorted(world.tracked[name])}


def hide(world: SalesforceWorld, body: Body) -> Body:
    """``{"objects": [names]?, "fields": [[object, field]]?}``: what nobody sees from now on, in
    describes, queries and writes; what is left out of a list is seen again."""
    objects = frozenset(world.schema.known(str(each)).name for each in body.get("objects", ()))
    fields = frozenset(
        (name, field.name)
        for name, field in (_field(world, *pair) for pair in body.get("fields", ()))
    )
    world.schema.hidden, world.access.hidden = objects, fields
    world.schema_changed_at = world.now()
    return {"objects": sorted(objects), "fields": sorted(fields)}


def set_statuses(world: SalesforceWorld, body: Body) -> Body:
    """``{"table": "LeadStatus", "rows": [{"MasterLabel", "IsConverted", …}]}`` replaces them."""
    table = str(body["table"])
    if table not in ("LeadStatus", "TaskStatus", "OpportunityStage"):
        raise AdminRefusal(400, f"{table} is no status table")
    known = {field.name: field.default for field in world.schema.known(table).fields()}
    rows = [dict(each) for each in body["rows"]]
    unknown = sorted({name for row in rows for name in row} - set(known))
    if unknown:
        raise AdminRefusal(400, f"unknown keys: {', '.join(unknown)}")
    replace_statuses(world, table, rows, world.integration_user_id)
    return {"table": table, "rows": len(rows)}


def add_row_fault(world: SalesforceWorld, body: Body) -> Body:
    """``{"object"?, "id"?, "code", "message", "times"?}``: single rows fail, not whole calls."""
    record_id = full_id(str(body["id"])) if body.get("id") else None
    fault = RowFault(
        sobject=body.get("object"),
        record_id=record_id,
        code=str(body["code"]),
        message=str(body["message"]),
        times=int(body.get("times", 1)),
    )
    world.switches.row_faults.append(fault)
    return {"pending": sum(each.times > 0 for each in world.switches.row_faults)}


def set_duplicate_rules(world: SalesforceWorld, body: Body) -> Body:
    """``{"rules": [{"object", "field", "allow_save"}]}`` replaces the org's duplicate rules."""
    rules = []
    for each in body["rules"]:
        sobject, field = _field(world, each["object"], each["field"])
        allow = each.get("allow_save") is True
        rules.append(DuplicateRule(sobject=sobject, field=field.name, allow_save=allow))
    world.switches.duplicate_rules = rules
    return {"rules": len(rules)}


def set_flows(world: SalesforceWorld, body: Body) -> Body:
    """``{"flows": [{"object", "watched", "values": {field: value}}]}`` replaces the flows."""
    flows = []
    for each in body["flows"]:
        sobject, watched = _field(world, each["object"], each["watched"])
        values = {}
        for name, value in each["values"].items():
            field = _field(world, sobject, name)[1]
            values[field.name] = read_value(world.schema, field, value)
        flows.append(Flow(sobject=sobject, watched=watched.name, values=values))
    world.switches.flows = flows
    return {"flows": len(flows)}


def set_validation_rules(world: SalesforceWorld, body: Body) -> Body:
    """``{"rules": [{"object", "field", "message"}]}`` replaces the org's validation rules."""
    rules = []
    for each in body["rules"]:
        sobject, field = _field(world, each["object"], each["field"])
        message = str(each["message"])
        rules.append(ValidationRule(sobject=sobject, field=field.name, message=message))
    world.switches.validation_rules = rules
    return {"rules": len(rules)}


def set_bulk_pace(world: SalesforceWorld, body: Body) -> Body:
    """``{"seconds"?: number or null, "repeat_header"?, "failure"?, "failure_rows"?}``.

    The keys are those of ``Pace``; what is left out is as at first.
    """
    unknown = sorted(set(body) - set(Pace.__dataclass_fields__))
    if unknown:
        raise AdminRefusal(400, f"unknown keys: {', '.join(unknown)}")
    world.bulk.pace = Pace(**body)
    return {"seconds": world.bulk.pace.seconds, "failure": world.bulk.pace.failure}


def pin_latest_date(world: SalesforceWorld, body: Body) -> Body:
    """``{"at": instant | null}``: how far the replication resources claim to have come."""
    at = body["at"]
    world.switches.latest_date_covered = None if at is None else parse_instant(at)
    return {"at": at}


def allow_activity_keys(world: SalesforceWorld, body: Body) -> Body:
    """``{"allowed": whether custom fields of Activity may be unique and external}``."""
    world.switches.activity_keys = body["allowed"] is True
    return {"allowed": world.switches.activity_keys}


def add_person(world: SalesforceWorld, body: Body) -> Body:
    """``{"LastName", …}``: a private person, who makes the org one that has person accounts;
    without a name only that."""
    switch_on(world)
    if not body:
        return {}
    known = {field.name for field in world.schema.known("Contact").fields()}
    unknown = sorted(set(body) - known)
    if unknown:
        raise AdminRefusal(400, f"unknown keys: {', '.join(unknown)}")
    account_id, contact_id = add_person_account(world, body)
    return {"account_id": account_id, "contact_id": contact_id}


def set_hours(world: SalesforceWorld, body: Body) -> Body:
    """``{"name", "zone", "days": {"Monday": ["09:00", "17:00"], …}, "default"?}`` → id."""
    days = {str(day): tuple(map(str, ends)) for day, ends in body["days"].items()}
    default = body.get("default") is True
    name, zone = str(body["name"]), str(body["zone"])
    return {"id": add_business_hours(world, name, zone, days, default=default)}


def set_holiday(world: SalesforceWorld, body: Body) -> Body:
    """``{"Name", "ActivityDate"?, "IsRecurrence"?, …}``: a new holiday → id."""
    return {"id": add_holiday(world, body)}


def set_lead_mapping(world: SalesforceWorld, body: Body) -> Body:
    """``{"fields": {lead field: [object, field]}}`` replaces what conversions carry over."""
    mapping = {str(name): (str(to[0]), str(to[1])) for name, to in body["fields"].items()}
    map_lead_fields(world, mapping)
    return {"fields": len(mapping)}


def set_pages(world: SalesforceWorld, body: Body) -> Body:
    """``{"rows"?: the most a page holds or null, "lost"?: how many next pages are gone}``."""
    unknown = sorted(set(body) - {"rows", "lost"})
    if unknown:
        raise AdminRefusal(400, f"unknown keys: {', '.join(unknown)}")
    rows, lost = body.get("rows"), body.get("lost", 0)
    if not (rows is None or (isinstance(rows, int) and rows > 0)) or not isinstance(lost, int):
        raise AdminRefusal(400, "rows and lost are whole numbers, rows at least 1")
    world.switches.page_rows, world.switches.lost_pages = rows, max(lost, 0)
    return {"rows": rows, "lost": world.switches.lost_pages}


def add_types(world: SalesforceWorld, body: Body) -> Body:
    """``{"object", "names": [developer names]}`` → the ids of the new record types."""
    names = [str(each) for each in body["names"]]
    return {"ids": add_record_types(world, str(body["object"]), names)}


def _field(world: SalesforceWorld, sobject_name: object, name: object) -> tuple[str, Field]:
    sobject = world.schema.known(str(sobject_name))
    field = sobject.field(str(name))
    if field is None:
        raise AdminRefusal(400, f"unknown field of {sobject.name}: {name}")
    return sobject.name, field


def _row(world: SalesforceWorld, name: str, record_id: object) -> Row:
    row = world.store.table(world.schema.known(name).name).get(full_id(str(record_id)) or "")
    if row is None:
        raise AdminRefusal(404, f"no {name} {record_id}")
    return row
