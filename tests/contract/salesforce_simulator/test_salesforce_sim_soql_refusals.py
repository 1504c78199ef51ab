"""Queries that must not be answered as if nothing were wrong. Salesforce contract §4."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org

MALFORMED = "MALFORMED_QUERY"
FIELD = "INVALID_FIELD"
OPERATOR = "INVALID_QUERY_FILTER_OPERATOR"
TYPE = "INVALID_TYPE"

REFUSED = [
    ("", MALFORMED, "A query string has to be specified"),
    ("SELECT", MALFORMED, "unexpected token: '<EOF>'"),
    ("SELECT Id", MALFORMED, "unexpected token: '<EOF>'"),
    ("SELECT FROM Lead", MALFORMED, "unexpected token: 'FROM'"),
    ("SELECT * FROM Lead", MALFORMED, "unexpected token: '*'"),
    ("SELECT Id FRM Lead", MALFORMED, "unexpected token: 'Lead'"),
    ("SELECT Id, FROM Lead", MALFORMED, "unexpected token: 'FROM'"),
    ("SELECT Id FROM Lead WHERE", MALFORMED, "unexpected token: '<EOF>'"),
    ("SELECT Id FROM Lead WHERE LastName", MALFORMED, "unexpected token: '<EOF>'"),
    ("SELECT Id FROM Lead WHERE LastName == 'x'", MALFORMED, "unexpected token: '='"),
    ("SELECT Id FROM Lead WHERE LastName = x", MALFORMED, "unexpected token: 'x'"),
    ("SELECT Id FROM Lead WHERE LastName = :name", MALFORMED, "unexpected token: ':'"),
    ('SELECT Id FROM Lead WHERE LastName = "x"', MALFORMED, "no viable alternative"),
    ("SELECT Id FROM Lead WHERE LastName = 'x", MALFORMED, "unexpected token"),
    ("SELECT Id FROM Lead WHERE LastName = 'a\\x'", MALFORMED, "Illegal character sequence"),
    ("SELECT Id FROM Lead WHERE Id IN ()", MALFORMED, "unexpected token: ')'"),
    ("SELECT Id FROM Lead WHERE LastName = 'a' AND Title = 'b' OR City = 'c'", MALFORMED, "'OR'"),
    ("SELECT Id FROM Lead WHERE LastName = 'a' AND NOT Title = 'b'", MALFORMED, "'NOT'"),
    ("SELECT Id FROM Lead LIMIT -1", MALFORMED, "'-1'"),
    ("SELECT Id FROM Lead LIMIT 1.5", MALFORMED, "unexpected token"),
    ("SELECT Id FROM Lead LIMIT ten", MALFORMED, "unexpected token: 'ten'"),
    ("SELECT Id FROM Lead OFFSET 1 LIMIT 1", MALFORMED, "unexpected token: 'LIMIT'"),
    ("SELECT Id FROM Lead FOR UPDATE", MALFORMED, "unexpected token"),
    ("SELECT Id FROM Lead FOR", MALFORMED, "unexpected token: 'FOR'"),
    ("SELECT Id FROM Lead WITH SECURITY_ENFORCED", MALFORMED, "unexpected token"),
    ("SELECT Id FROM Lead ALL ROWS", MALFORMED, "unexpected token"),
    ("SELECT Id FROM Lead USING SCOPE mine", MALFORMED, "unexpected token"),
    ("SELECT toLabel(Status) FROM Lead", MALFORMED, "unexpected token: '('"),
    ("SELECT Id FROM Lead; DROP TABLE Lead", MALFORMED, "no viable alternative"),
    ("SELECT Id x FROM Lead", MALFORMED, "aliasing"),
    ("SELECT COUNT(), Id FROM Lead", MALFORMED, "Field must be grouped|only element"),
    ("SELECT Status, COUNT(Id) FROM Lead", MALFORMED, "must be grouped or aggregated: Status"),
    ("SELECT Id FROM Lead GROUP BY Status", MALFORMED, "Field must be grouped or aggregated: Id"),
    ("SELECT CreatedDate FROM Lead GROUP BY CreatedDate", MALFORMED, "can not be grouped"),
    ("SELECT SUM(Company) FROM Lead", MALFORMED, "aggregate operator SUM"),
    ("SELECT Id FROM Lead HAVING COUNT(Id) > 1", MALFORMED, "unexpected token"),
    ("SELECT Id FROM Lead WHERE COUNT(Id) > 1", MALFORMED, "HAVING"),
    ("SELECT FIELDS(ALL) FROM Lead", MALFORMED, "LIMIT of at most 200"),
    ("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 201", MALFORMED, "LIMIT of at most 200"),
    ("SELECT Id FROM XYZZY", TYPE, "sObject type 'XYZZY' is not supported"),
    ("SELECT Id FROM Leads", TYPE, "sObject type 'Leads' is not supported"),
    ("SELECT Id FROM Name", TYPE, "is not supported"),
    ("SELECT Id, (SELECT Id FROM Tusks) FROM Lead", TYPE, "relationship 'Tusks' in FROM part"),
    ("SELECT Id, (SELECT Id FROM Task) FROM Lead", TYPE, "relationship 'Task' in FROM part"),
    ("SELECT Id, Id FROM Lead", FIELD, "duplicate field selected: Id"),
    ("SELECT Nope FROM Lead", FIELD, "No such column 'Nope' on entity 'Lead'"),
    ("SELECT Owner.Nope FROM Lead", FIELD, "No such column 'Nope' on entity 'Name'"),
    ("SELECT Boss.Name FROM Lead", FIELD, "relationship 'Boss' in field path"),
    ("SELECT Id FROM Lead WHERE Nope = 1", FIELD, "No such column 'Nope'"),
    ("SELECT Id FROM Lead ORDER BY Nope", FIELD, "No such column 'Nope'"),
    ("SELECT Id FROM Lead WHERE Description = 'x'", FIELD, "can not be filtered"),
    ("SELECT Id FROM Lead ORDER BY Description", FIELD, "can not be sorted"),
    ("SELECT Id FROM LeadHistory WHERE NewValue = 'x'", FIELD, "can not be filtered"),
    ("SELECT Id FROM Lead WHERE CreatedDate > '2026-01-01T00:00:00Z'", FIELD, "type dateTime"),
    ("SELECT Id FROM Lead WHERE CreatedDate > 2026-01-01", FIELD, "must be of type dateTime"),
    ("SELECT Id FROM Lead WHERE LastActivityDate > 2026-01-01T00:00:00Z", FIELD, "type date and"),
    ("SELECT Id FROM Lead WHERE LastName = 5", FIELD, "of type string and should be enclosed"),
    ("SELECT Id FROM Lead WHERE NumberOfEmployees = '5'", FIELD, "must be of type int"),
    ("SELECT Id FROM Lead WHERE DoNotCall = 'true'", FIELD, "must be of type boolean"),
    ("SELECT Id FROM Lead WHERE LastName IN ('a', 5)", FIELD, "must be of type string"),
    ("SELECT Id FROM Lead WHERE LastName = TODAY", FIELD, "must be of type string"),
    ("SELECT Id FROM Lead WHERE Id = 'abc'", OPERATOR, "invalid ID field: abc"),
    ("SELECT Id FROM Lead WHERE Id LIKE '00Q%'", OPERATOR, "invalid operator on id field"),
    ("SELECT Id FROM Lead WHERE NumberOfEmployees LIKE '5'", OPERATOR, "invalid operator"),
    ("SELECT Id FROM Lead WHERE DoNotCall > true", OPERATOR, "invalid operator on boolean field"),
    ("SELECT Id FROM Lead WHERE Status INCLUDES ('x')", OPERATOR, "invalid operator on picklist"),
    ("SELECT Id FROM Lead WHERE CreatedDate > 2026-13-01T00:00:00Z", MALFORMED, "invalid date"),
    ("SELECT Id FROM Lead OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "offset allowed is 2000"),
    (
        "SELECT Id FROM Lead WHERE LastName = 'a' OR Id IN (SELECT LeadId FROM CampaignMember)",
        MALFORMED,
        "semi join",
    ),
    ("SELECT Id FROM Lead WHERE LastName IN (SELECT Id FROM Lead)", MALFORMED, "semi join"),
    ("SELECT Id FROM Lead WHERE Id IN (SELECT Status FROM Lead)", MALFORMED, "semi join"),
    (
        "SELECT Id, (SELECT Id, (SELECT Id FROM Tasks) FROM Contacts) FROM Account",
        MALFORMED,
        "unexpected token: 'SELECT'",
    ),
    ("SELECT TYPEOF Account WHEN User THEN Id END FROM Contact", FIELD, "not a polymorphic"),
    ("SELECT TYPEOF Owner WHEN Lead THEN Id END FROM Lead", FIELD, "not a type of"),
]  # fmt: skip


@pytest.mark.parametrize(("soql", "code", "text"), REFUSED)
def test_queries_outside_the_language_or_the_schema_are_refused(
    org: Org, soql: str, code: str, text: str
) -> None:
    answer = org.get("query", params={"q": soql})
    assert answer.status_code == 400
    error = answer.json()[0]
    assert error["errorCode"] == code
    assert any(part in error["message"] for part in text.split("|"))
    assert "fields" not in error


def test_an_error_is_framed_with_a_caret_under_the_culprit(org: Org) -> None:
    answer = org.get("query", params={"q": "select count() from XYZZY"})
    assert answer.json()[0]["message"] == (
        "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
        "sObject type 'XYZZY' is not supported. If you are attempting to use a custom object, be "
        "sure to append the '__c' after the entity name. Please reference your WSDL or the "
        "describe call for the appropriate names."
    )


def test_an_error_in_a_long_query_shows_its_neighbourhood_only(org: Org) -> None:
    soql = f"SELECT Id, Owner.Name0 FROM Lead WHERE LastName = '{'x' * 200}'"
    frame = org.get("query", params={"q": soql}).json()[0]["message"].split("\n")
    assert len(frame[1]) <= 80
    assert frame[1][frame[2].index("^") :].startswith("Owner.Name0")
    assert frame[3] == "ERROR at Row:1:Column:12"


def test_rows_are_counted_in_queries_of_several_lines(org: Org) -> None:
    answer = org.get("query", params={"q": "SELECT Id,\n  Nope\nFROM Lead"})
    assert "ERROR at Row:2:Column:3" in answer.json()[0]["message"]


def test_a_hidden_field_is_refused_like_one_that_is_not_there(org: Org) -> None:
    org.add_field("Lead.Secret__c", visible=False)
    answer = org.get("query", params={"q": "SELECT Secret__c FROM Lead"})
    assert answer.json()[0]["errorCode"] == "INVALID_FIELD"
    assert "No such column 'Secret__c' on entity 'Lead'" in answer.json()[0]["message"]
