"""Person accounts: an account and a contact that are one private person. Contract §12.

The account is the door: what belongs to the contact is written through it, custom fields under
``__pc`` instead of ``__c``; the contact itself can be read only. An org switches them on for good.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator import fields as f
from crmbridge_salesforce.simulator import history
from crmbridge_salesforce.simulator.errors import ApiError

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.actor import Actor
    from crmbridge_salesforce.simulator.schema import Field
    from crmbridge_salesforce.simulator.table import Row
    from crmbridge_salesforce.simulator.world import SalesforceWorld

FLAG = "IsPersonAccount"
_CONTACT = "PersonContactId"
_OWN = "__pc"
_RENAMED = {
    "Email": "PersonEmail",
    "HasOptedOutOfEmail": "PersonHasOptedOutOfEmail",
    "LeadSource": "PersonLeadSource",
    "MailingCountry": "PersonMailingCountry",
    "Title": "PersonTitle",
}
_SAME = ("FirstName", "LastName")


def switch_on(world: SalesforceWorld) -> None:
    """Let the org have person accounts; switching them on twice is once."""
    account, contact = world.schema.known("Account"), world.schema.known("Contact")
    if account.field(FLAG) is not None:
        return
    flag = f.boolean(FLAG, "Is Person Account", **f.READ_ONLY)
    for sobject in (account, contact):
        sobject.put_field(flag)
        world.store.table(sobject.name).fill(flag)
    account.put_field(f.reference(_CONTACT, "Contact ID", ("Contact",), "", **f.READ_ONLY))
    for field in list(contact.fields()):
        show_on_account(world, field)
    world.schema_changed_at = world.now()


def show_on_account(world: SalesforceWorld, field: Field) -> None:
    """Where the org has person accounts, show a contact's field on the account."""
    account, name = world.schema.known("Account"), _name_there(field.name)
    if name is not None and account.field(FLAG) is not None and account.field(name) is None:
        account.put_field(replace(field, name=name, unique=False, nillable=True, child_name=None))


def add_person_account(world: SalesforceWorld, values: dict[str, Any]) -> tuple[str, str]:
    """A private person; the ids of the account and of its contact."""
    switch_on(world)
    user = world.integration_user_id
    name = " ".join(str(each) for each in (values.get("FirstName"), values["LastName"]) if each)
    contact = world.insert("Contact", user, {"Name": name, FLAG: True, **values})
    shown = {
        there: contact[own]
        for own in (each.name for each in world.schema.known("Contact").fields())
        if (there := _name_there(own)) and contact.get(own) is not None
    }
    account = world.insert(
        "Account", user, {"Name": name, FLAG: True, _CONTACT: contact["Id"], **shown}
    )
    world.touch("Contact", contact, {"AccountId": account["Id"]})
    return str(account["Id"]), str(contact["Id"])


def refuse_contact(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """The contact of a person account is not written by itself."""
    if old is not None and old.get(FLAG):
        message = "insufficient access rights on object id"
        raise ApiError(400, "INSUFFICIENT_ACCESS_OR_READONLY", message, [])


def hand_to_contact(world: SalesforceWorld, actor: Actor, old: Row | None, row: Row) -> None:
    """What was written on a person account is its contact's, too."""
    contact = world.store.row(row.get(_CONTACT)) if row.get(FLAG) else None
    if contact is None:
        return
    changed = dict(contact)
    for field in world.schema.known("Contact").fields():
        there = _name_there(field.name)
        if there is not None and there in row:
            changed[field.name] = row[there]
    stamps = world.stamps(actor.user_id)
    moved = ("LastModifiedDate", "LastModifiedById", "SystemModstamp")
    changed |= {name: stamps[name] for name in moved}
    world.store.put("Contact", changed)
    history.record_contact(world, actor, contact, changed)


def _name_there(name: str) -> str | None:
    """The account's name of a contact's field; ``None`` for one it does not show."""
    if name.endswith("__c"):
        return f"{name.removesuffix('__c')}{_OWN}"
    return _RENAMED.get(name) or (name if name in _SAME else None)
