"""The rule book beside HubSpot's own sync: as it is, but leads are created by that one."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from crmbridge.errors import RuleBookError
from crmbridge.rulebook.loading import load
from crmbridge.rulebook.signing import DEPARTMENTS, sign

_CREATES = re.compile(r"^create_leads:.*$", re.MULTILINE)


def leave_creation(book: Path, folder: Path) -> Path:
    """Copy a rule book to ``folder``, where crmbridge creates no leads, and sign it there for the
    demo's people; the folder. What lay there before is replaced. ``RuleBookError`` where
    ``handoff.yaml`` has no such line."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(book, folder)
    path = folder / "handoff.yaml"
    text, count = _CREATES.subn("create_leads: false", path.read_text(encoding="utf-8"))
    if count != 1:
        raise RuleBookError("has no line `create_leads:`", path=str(path))
    path.write_text(text, encoding="utf-8")
    in_force = load(folder).in_force_from.date()
    for department in DEPARTMENTS:
        sign(folder, department, f"{department} of the demo", in_force)
    return folder
