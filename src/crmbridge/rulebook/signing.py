"""Signing: each department puts its name under the content of a rule book as it stands."""

from __future__ import annotations

import os
import re
import tempfile
from datetime import date
from pathlib import Path

from crmbridge.core.rules import Approval, Rules
from crmbridge.errors import RuleBookError
from crmbridge.rulebook.loading import load

DEPARTMENTS = ("marketing", "sales")
_BLOCK = re.compile(r"^approvals:.*\n?(?:[ \t]+.*\n?|\n(?=[ \t]))*", re.MULTILINE)


def sign(directory: Path, department: str, name: str, on: date) -> Rules:
    """Put ``name`` under the rule book in ``directory`` for ``department``; the signed rules.

    Only the approvals in ``standard.yaml`` change, everything else stays as it was written.
    The other department's signature stays where it is under the same content, and goes where
    it is not. Raises ``RuleBookError`` for a book that cannot be loaded or written.
    """
    rules = load(directory)
    approvals = {
        each: known
        for each, known in rules.approvals.items()
        if known.digest == rules.digest and each != department
    }
    approvals[department] = Approval(name=name, on=on, digest=rules.digest)
    path = directory / "standard.yaml"
    text = path.read_text(encoding="utf-8")
    block = _written(approvals)
    found = _BLOCK.search(text)
    if found is None:
        text = text.rstrip("\n") + "\n\n" + block
    else:
        text = text[: found.start()] + block + text[found.end() :]
    _replace(path, text)
    return load(directory)


def _written(approvals: dict[str, Approval]) -> str:
    lines = ["approvals:"]
    for department in DEPARTMENTS:
        if department in approvals:
            each = approvals[department]
            name = each.name.replace("\\", "\\\\").replace('"', '\\"')
            lines.append(f"  {department}:")
            lines.append(f'    name: "{name}"')
            lines.append(f"    date: {each.on}")
            lines.append(f"    digest: {each.digest}")
    return "\n".join(lines) + "\n"


def _replace(path: Path, text: str) -> None:
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".standard-")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(temporary).chmod(path.stat().st_mode & 0o777)
        Path(temporary).replace(path)
    except OSError as error:
        raise RuleBookError(f"cannot be written: {error.strerror}", path=str(path)) from error
