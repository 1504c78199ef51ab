"""What recorded describe answers say of the fields the simulated org has.

``python -m tests.contract.salesforce_simulator.describe_shapes FOLDER`` derives the file anew
from a folder of recorded answers; with ``--check`` it only says whether the file is as derived.
The recorded answers themselves are not part of the repository.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from crmbridge_salesforce.simulator.catalogue_setup import data_schema

RECORDED = ("Lead", "Contact", "Account", "Opportunity", "Event", "OpportunityContactRole")
COMPARED = (
    "type",
    "length",
    "precision",
    "scale",
    "nillable",
    "createable",
    "updateable",
    "filterable",
    "sortable",
    "groupable",
    "idLookup",
    "nameField",
    "relationshipName",
    "restrictedPicklist",
    "label",
)
"""Compared of every field; the order is that of the values in the file."""
FILE = Path(__file__).with_suffix(".json")


def derive(folder: Path) -> str:
    """The file's text: per object the keys of a field and the compared values of each."""
    schema = data_schema()
    shapes: dict[str, Any] = {}
    for name in RECORDED:
        sobject = schema.known(name)
        recorded = json.loads((folder / f"describes/sobjects_{name}_describe.json").read_text())
        fields = {
            field["name"]: [field[key] for key in COMPARED]
            for field in recorded["fields"]
            if sobject.field(field["name"]) is not None
        }
        shapes[name] = {"keys": sorted(recorded["fields"][0]), "fields": fields}
    lines = [
        f' "{name}": {{"keys": {json.dumps(shape["keys"])}, "fields": {{\n'
        + ",\n".join(
            f"  {json.dumps(field)}: {json.dumps(values)}"
            for field, values in shape["fields"].items()
        )
        + "\n }}"
        for name, shape in shapes.items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Write the file, or compare it; 1 if it differs."""
    text = derive(Path(arguments[0]))
    if "--check" in arguments:
        return int(text != FILE.read_text())
    FILE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
