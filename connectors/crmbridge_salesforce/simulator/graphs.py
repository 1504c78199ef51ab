"""Composite graphs: series that are each all or nothing. Salesforce contract §7."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from crmbridge_salesforce.simulator.call import Call, Reply
from crmbridge_salesforce.simulator.composite import check_subrequests, run_series, too_many
from crmbridge_salesforce.simulator.errors import json_error

if TYPE_CHECKING:
    from crmbridge_salesforce.simulator.world import SalesforceWorld

_MOST_NODES = 500
_MOST_GRAPHS = 75
_DEEPEST = 15
_GRAPH_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
_REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)")


def graph(world: SalesforceWorld, call: Call) -> Reply:
    """Up to 75 graphs with 500 nodes together; one that fails leaves the others. Contract §7."""
    graphs = _graphs(call.object_body().get("graphs"))
    answers = []
    for graph_id, nodes in graphs.items():
        series = run_series(world, call, nodes, whole=True)
        answers.append(
            {
                "graphId": graph_id,
                "graphResponse": {"compositeResponse": series},
                "isSuccessful": all(each["httpStatusCode"] < 400 for each in series),
            }
        )
    return Reply(body={"graphs": answers})


def _graphs(given: object) -> dict[str, list[dict[str, Any]]]:
    """The checked nodes of every graph, by graph id in the order given."""
    if not isinstance(given, list) or not given:
        raise json_error("graphs: a list of graphs is required")
    if len(given) > _MOST_GRAPHS:
        raise too_many(f"more than {_MOST_GRAPHS} graphs")
    graphs: dict[str, list[dict[str, Any]]] = {}
    for each in given:
        if not isinstance(each, dict):
            raise json_error("graphs: every graph must be an object")
        graph_id = each.get("graphId")
        if not isinstance(graph_id, str) or not _GRAPH_ID.fullmatch(graph_id):
            raise json_error(f"graphId: {graph_id!r} is not a valid graph id")
        if graph_id in graphs:
            raise json_error(f"graphId: {graph_id} is used more than once")
        nodes = check_subrequests(each.get("compositeRequest"))
        if _depth(nodes) > _DEEPEST:
            raise too_many(f"a graph deeper than {_DEEPEST} nodes")
        graphs[graph_id] = nodes
    if sum(map(len, graphs.values())) > _MOST_NODES:
        raise too_many(f"more than {_MOST_NODES} nodes")
    return graphs


def _depth(nodes: Sequence[dict[str, Any]]) -> int:
    """How many nodes the longest chain of references has."""
    depths: dict[str, int] = {}
    for node in nodes:
        text = node["url"] + json.dumps(node.get("body"))
        above = (depths.get(name, 0) for name in _REFERENCE.findall(text))
        depths[node["referenceId"]] = 1 + max(above, default=0)
    return max(depths.values())
