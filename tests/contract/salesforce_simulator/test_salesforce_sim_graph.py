"""Composite graphs. Salesforce contract §7."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.contract.salesforce_simulator.test_salesforce_sim_composite import sub

if TYPE_CHECKING:
    from tests.contract.salesforce_simulator.conftest import Org


def series(name: str, *nodes: dict[str, Any]) -> dict[str, Any]:
    return {"graphId": name, "compositeRequest": list(nodes)}


def chain(length: int) -> list[dict[str, Any]]:
    """Accounts that are each the parent of the next."""
    nodes = [sub("n0", "POST", "sobjects/Account", {"Name": "A"})]
    for number in range(1, length):
        body = {"Name": "A", "Site": f"@{{n{number - 1}.id}}"}
        nodes.append(sub(f"n{number}", "POST", "sobjects/Account", body))
    return nodes


def test_each_graph_is_all_or_nothing_by_itself(org: Org) -> None:
    org.post("/__sim__/calls/reset")
    answer = org.post(
        "composite/graph",
        {
            "graphs": [
                series(
                    "bad",
                    sub("acc", "POST", "sobjects/Account", {"Name": "Undone"}),
                    sub("con", "POST", "sobjects/Contact", {"AccountId": "@{acc.id}"}),
                ),
                series(
                    "good",
                    sub("acc", "POST", "sobjects/Account", {"Name": "Kept"}),
                    sub(
                        "con",
                        "POST",
                        "sobjects/Contact",
                        {"LastName": "D", "AccountId": "@{acc.id}"},
                    ),
                ),
            ]
        },
    )
    assert answer.status_code == 200
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/100000"
    bad, good = answer.json()["graphs"]
    assert (bad["graphId"], bad["isSuccessful"]) == ("bad", False)
    failed = bad["graphResponse"]["compositeResponse"]
    assert [each["httpStatusCode"] for each in failed] == [400, 400]
    codes = [each["body"][0]["errorCode"] for each in failed]
    assert codes == ["PROCESSING_HALTED", "REQUIRED_FIELD_MISSING"]
    assert (good["graphId"], good["isSuccessful"]) == ("good", True)
    made = good["graphResponse"]["compositeResponse"]
    assert [each["httpStatusCode"] for each in made] == [201, 201]
    assert [each["referenceId"] for each in made] == ["acc", "con"]
    assert org.records("SELECT Name FROM Account") == [{"Name": "Kept"}]


def test_the_largest_graphs_are_taken(org: Org) -> None:
    deep = org.post("composite/graph", {"graphs": [series("deep", *chain(15))]})
    assert deep.json()["graphs"][0]["isSuccessful"] is True
    limits = [sub(f"n{number}", "GET", "limits") for number in range(500)]
    wide = org.post("composite/graph", {"graphs": [series("wide", *limits)]})
    assert wide.json()["graphs"][0]["isSuccessful"] is True


@pytest.mark.parametrize(
    ("graphs", "code"),
    [
        (None, "JSON_PARSER_ERROR"),
        ([], "JSON_PARSER_ERROR"),
        (["x"], "JSON_PARSER_ERROR"),
        ([series("", sub("a", "GET", "limits"))], "JSON_PARSER_ERROR"),
        ([series("g", sub("a", "GET", "limits"))] * 2, "JSON_PARSER_ERROR"),
        ([series("g")], "JSON_PARSER_ERROR"),
        ([series("g", sub("a", "GET", "limits"), sub("a", "GET", "limits"))], "JSON_PARSER_ERROR"),
        ([series(f"g{n}", sub("a", "GET", "limits")) for n in range(76)], "LIMIT_EXCEEDED"),
        ([series("g", *(sub(f"n{n}", "GET", "limits") for n in range(501)))], "LIMIT_EXCEEDED"),
        ([series("g", *chain(16))], "LIMIT_EXCEEDED"),
    ],
)
def test_graphs_outside_the_rules_are_refused_and_do_nothing(
    org: Org, graphs: Any, code: str
) -> None:
    answer = org.post("composite/graph", {"graphs": graphs})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert org.records("SELECT Id FROM Account") == []
