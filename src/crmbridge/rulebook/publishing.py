"""JSON Schemas of every file, for completion in editors."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast

from pydantic import BaseModel

from crmbridge.rulebook.cases.schema import StoryFile
from crmbridge.rulebook.schema import RuleBook
from crmbridge.rulebook.trying import Trial

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema_names() -> list[str]:
    """The files that have a schema: those of the rule book, ``case``, and ``trial``."""
    return [*RuleBook.model_fields, "case", "trial"]


def json_schema(name: str) -> str:
    """The JSON Schema of a file as text; the same for the same version of crmbridge."""
    models: dict[str, object] = {"case": StoryFile, "trial": Trial}
    models |= {file: field.annotation for file, field in RuleBook.model_fields.items()}
    model = cast("type[BaseModel]", models[name])
    schema = {"$schema": _DRAFT, **model.model_json_schema(by_alias=True)}
    return json.dumps(schema, indent=1, sort_keys=True) + "\n"


def write_schemas(directory: Path) -> list[Path]:
    """Write every schema into ``directory``; the files written."""
    directory.mkdir(parents=True, exist_ok=True)
    written = []
    for name in schema_names():
        path = directory / f"{name}.schema.json"
        path.write_text(json_schema(name), encoding="utf-8")
        written.append(path)
    return written
