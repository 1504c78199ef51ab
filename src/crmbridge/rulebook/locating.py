"""Where the rule book lies."""

from __future__ import annotations

import os
from pathlib import Path

from crmbridge.errors import RuleBookError

ENVIRONMENT = "CRMBRIDGE_RULES_DIR"


def find(explicit: Path | None = None) -> Path:
    """The rule book's directory: the one given, ``CRMBRIDGE_RULES_DIR``, ``./rules``, else
    the one that came with crmbridge. Raises ``RuleBookError`` where a named one is missing."""
    named = explicit or (Path(os.environ[ENVIRONMENT]) if os.environ.get(ENVIRONMENT) else None)
    if named is not None:
        if not named.is_dir():
            raise RuleBookError("no such rule book directory", path=str(named))
        return named
    here = Path("rules")
    if (here / "standard.yaml").is_file():
        return here
    return packaged()


def packaged() -> Path:
    """The rule book that came with crmbridge, in a wheel or in a source checkout."""
    package = Path(__file__).resolve().parents[1]
    for candidate in (package / "default_rules", package.parents[1] / "rules"):
        if candidate.is_dir():
            return candidate
    raise RuleBookError("the packaged rule book is missing: reinstall crmbridge")
