"""What is shipped for Prometheus and Grafana: its rules are tried, its queries are parsed."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
PROMETHEUS = ROOT / "deploy" / "prometheus"
GRAFANA = ROOT / "deploy" / "grafana"
ALERTS = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "alerts.yaml").read_text())["groups"]
    for rule in group["rules"]
]
BOARD: dict[str, Any] = json.loads((GRAFANA / "dashboards" / "crmbridge.json").read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]

Run = Callable[..., Any]


def queries() -> Iterator[str]:
    """Every query of the dashboard."""
    for panel in PANELS:
        yield from (target["expr"] for target in panel["targets"])


def as_rules(expressions: list[str], file: Path) -> Path:
    """Queries as recording rules, which promtool can check."""
    rules = [
        {"record": f"crmbridge:query{number}", "expr": each}
        for number, each in enumerate(expressions)
    ]
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
    return file


def test_prometheus_takes_its_settings_and_rules(promtool: Run) -> None:
    done = promtool("check", "config", PROMETHEUS / "prometheus.yaml")

    assert 0 == done.returncode, done.stdout + done.stderr
    assert f"{len(ALERTS)} rules found" in done.stdout


def trials(folder: Path, sound: str = "", broken: str = "") -> Path:
    """The trials beside a copy of the rules, in which ``sound`` has become ``broken``."""
    text = (PROMETHEUS / "alerts.yaml").read_text()
    assert sound in text
    rules = yaml.safe_load(text.replace(sound, broken) if sound else text)
    for group in rules["groups"]:
        for rule in group["rules"]:
            rule["annotations"] = {"summary": rule["annotations"]["summary"]}
    (folder / "alerts.yaml").write_text(yaml.safe_dump(rules))
    return Path(shutil.copy(HERE / "alerts_test.yaml", folder))


def test_each_alert_is_raised_when_it_should_be_and_else_silent(
    promtool: Run, tmp_path: Path
) -> None:
    file = trials(tmp_path)
    done = promtool("test", "rules", file)

    assert 0 == done.returncode, done.stdout + done.stderr
    tried = Counter(
        check["alertname"]
        for trial in yaml.safe_load(file.read_text())["tests"]
        for check in trial["alert_rule_test"]
    )
    # Each once silent and once raised.
    assert [] == [rule["alert"] for rule in ALERTS if tried[rule["alert"]] < 2]


def test_a_rule_that_never_fires_is_found(promtool: Run, tmp_path: Path) -> None:
    broken = trials(tmp_path, "(crmbridge_leading) > 1", "(crmbridge_leading) > 9")

    assert 0 != promtool("test", "rules", broken).returncode


def test_every_query_of_the_dashboard_is_promql(promtool: Run, tmp_path: Path) -> None:
    asked = list(queries())
    sound = promtool("check", "rules", as_rules(asked, tmp_path / "sound.yaml"))
    broken = promtool("check", "rules", as_rules([*asked, "sum by ("], tmp_path / "broken.yaml"))

    assert 0 == sound.returncode, sound.stdout + sound.stderr
    assert f"{len(asked)} rules found" in sound.stdout
    assert 0 != broken.returncode


def test_the_dashboard_asks_the_source_that_is_provisioned() -> None:
    file = GRAFANA / "provisioning" / "datasources" / "prometheus.yaml"
    (source,) = yaml.safe_load(file.read_text())["datasources"]
    asked = {panel["datasource"]["uid"] for panel in PANELS}
    asked |= {target["datasource"]["uid"] for panel in PANELS for target in panel["targets"]}

    assert {source["uid"]} == asked


def test_every_panel_has_a_place_a_name_and_an_explanation() -> None:
    spots = [panel["gridPos"] for panel in BOARD["panels"]]
    overlapping = [
        (one, other)
        for one, other in combinations(spots, 2)
        if one["x"] < other["x"] + other["w"]
        and other["x"] < one["x"] + one["w"]
        and one["y"] < other["y"] + other["h"]
        and other["y"] < one["y"] + one["h"]
    ]

    assert PANELS
    assert [] == overlapping
    assert [] == [spot for spot in spots if spot["x"] + spot["w"] > 24]
    assert len(BOARD["panels"]) == len({panel["id"] for panel in BOARD["panels"]})
    assert [] == [panel["id"] for panel in PANELS if not panel["title"] or not panel["description"]]


def test_every_alert_says_what_to_do() -> None:
    runbook = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    anchors = {
        line.lstrip("# ").strip().lower().replace(" ", "-").replace("'", "").replace(",", "")
        for line in runbook.splitlines()
        if line.startswith("## ")
    }

    assert [] == [
        rule["alert"]
        for rule in ALERTS
        if rule["annotations"]["runbook"].partition("#")[2] not in anchors
        or not rule["annotations"]["description"]
        or rule["labels"]["severity"] not in ("warning", "critical")
    ]
