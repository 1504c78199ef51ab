"""The funnel's own rule book: a landing-page form fill is an MQL, in calendars of its years."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import yaml

from crmbridge.rulebook.locating import packaged
from crmbridge.rulebook.signing import sign


def write_rule_book(folder: Path) -> Path:
    """The packaged rule book with what this marketplace did otherwise."""
    book = folder / "rules"
    shutil.copytree(packaged(), book, ignore=shutil.ignore_patterns("cases"))
    _edit(book / "standard.yaml", version="olist", in_force_from="2017-01-01")
    scoring = yaml.safe_load((book / "scoring.yaml").read_text())
    scoring["signals"]["landing_page"] = {
        "group": "signal",
        # The form fill alone decides here, so it is worth no score that would decay.
        "points": 0,
        "half_life_days": 45,
        "hand_raise": True,
    }
    scoring["patterns"].insert(
        0, {"evidence": "form", "like": ["Landing page *"], "signal": "landing_page"}
    )
    scoring["mql"]["fit"] = 0
    (book / "scoring.yaml").write_text(yaml.safe_dump(scoring, sort_keys=False))
    sla = yaml.safe_load((book / "sla.yaml").read_text())
    sla["calendars"] = {
        "BR": {
            "zone": "America/Sao_Paulo",
            "hours": {day: ["09:00-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
            "off_days": ["2017-09-07", "2017-12-25", "2018-01-01", "2018-09-07"],
            "ends_on": "2018-12-31",
        }
    }
    sla["zones"] = {"BR": ["America/Sao_Paulo"]}
    sla["default_calendar"] = "BR"
    (book / "sla.yaml").write_text(yaml.safe_dump(sla, sort_keys=False))
    # The marketplace's sales team enters only the leads it works.
    _edit(book / "handoff.yaml", create_leads=False)
    for department in ("marketing", "sales"):
        sign(book, department, "Olist", date(2017, 1, 1))
    return book


def _edit(path: Path, **values: object) -> None:
    data = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump({**data, **values}, sort_keys=False))
