"""docs/doctor.md names every check that there is, and no other."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[3]
_MADE = re.compile(r'(?:\b(?:fine|unseen|warning|error|kind)\(|return None, error\()\s*"([^"]+)"')
_NAMED = re.compile(r'^_CHECK(?:: Final)? = "([^"]+)"', re.MULTILINE)


def test_every_check_has_its_row() -> None:
    sources = [
        *(ROOT / "src/crmbridge/doctor").glob("*.py"),
        ROOT / "src/crmbridge/cli/doctor.py",
        *(ROOT / "connectors").glob("*/*.py"),
    ]
    texts = (path.read_text(encoding="utf-8") for path in sources)
    text = "\n".join(each for each in texts if "from crmbridge.findings import" in each)
    made = {*_MADE.findall(text), *_NAMED.findall(text), *re.findall(r'"(calendars)"', text)}
    page = (ROOT / "docs/doctor.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))

    assert made
    assert rows == made
