"""Person accounts: private persons, in Salesforce an account and a contact in one.

They are read as contacts without a company. The contact cannot be written, the account is: custom
fields of the contact are there under ``__pc``, some standard ones under names of their own.
Contract §12.
"""

from __future__ import annotations

from typing import Final

FLAG: Final = "IsPersonAccount"
CONTACT_OF: Final = "PersonContactId"
_RENAMED: Final = {
    "Email": "PersonEmail",
    "HasOptedOutOfEmail": "PersonHasOptedOutOfEmail",
    "LeadSource": "PersonLeadSource",
    "MailingCountry": "PersonMailingCountry",
    "Title": "PersonTitle",
}


def column_there(name: str) -> str:
    """The account's column of a contact's column."""
    if name.endswith("__c"):
        return f"{name.removesuffix('__c')}__pc"
    return _RENAMED.get(name, name)
