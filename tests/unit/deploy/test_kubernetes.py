"""deploy/kubernetes.yaml, which no test here can run: its schemas and what they cannot say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).parents[3] / "deploy" / "kubernetes.yaml"
TEXT = FILE.read_text(encoding="utf-8")
THINGS: dict[str, dict[str, Any]] = {
    each["kind"]: each for each in yaml.safe_load_all(TEXT) if each is not None
}
POD: dict[str, Any] = THINGS["Deployment"]["spec"]["template"]["spec"]


def test_it_keeps_to_the_schemas_of_kubernetes(
    kubernetes_validate: Callable[..., Any], tmp_path: Path
) -> None:
    done = kubernetes_validate("--strict", FILE)
    broken = tmp_path / "kubernetes.yaml"
    broken.write_text(TEXT.replace("readinessProbe:", "readynessProbe:"))

    assert 0 == done.returncode, done.stdout + done.stderr
    assert 0 != kubernetes_validate("--strict", broken).returncode


def test_one_runs_and_one_stands_by() -> None:
    spec = THINGS["Deployment"]["spec"]
    (container,) = POD["containers"]

    assert 2 == spec["replicas"]
    assert ["run", "--standby"] == container["args"]
    # An older release must have ended before a newer one may change the store's tables.
    assert {"type": "Recreate"} == spec["strategy"]
    assert 120 <= POD["terminationGracePeriodSeconds"]


def test_it_is_restarted_for_its_own_sake_only() -> None:
    (container,) = POD["containers"]
    asked = {
        name: container[name]["httpGet"]["path"]
        for name in ("startupProbe", "livenessProbe", "readinessProbe")
    }
    ports = {port["name"] for port in container["ports"]}

    assert {
        "startupProbe": "/healthz",
        "livenessProbe": "/healthz",
        "readinessProbe": "/readyz",
    } == asked
    assert {"operation"} == ports == {container[name]["httpGet"]["port"] for name in asked}


def test_the_pod_may_do_as_little_as_its_namespace_demands() -> None:
    labels = THINGS["Namespace"]["metadata"]["labels"]
    (container,) = POD["containers"]
    rights = container["securityContext"]

    assert "restricted" == labels["pod-security.kubernetes.io/enforce"]
    assert POD["securityContext"]["runAsNonRoot"] is True
    assert {"type": "RuntimeDefault"} == POD["securityContext"]["seccompProfile"]
    assert (False, True) == (
        rights["allowPrivilegeEscalation"],
        rights["readOnlyRootFilesystem"],
    )
    assert ["ALL"] == rights["capabilities"]["drop"]
    assert POD["automountServiceAccountToken"] is False
    assert "memory" in container["resources"]["limits"]


def test_everything_that_is_mounted_is_declared_and_no_secret_stands_in_it() -> None:
    (container,) = POD["containers"]
    mounts = {mount["name"]: mount for mount in container["volumeMounts"]}
    volumes = {volume["name"] for volume in POD["volumes"]}

    assert volumes == set(mounts)
    assert "Secret" not in THINGS
    assert "/run/secrets/crmbridge" == mounts["secrets"]["mountPath"]
    assert {"scratch", "state"} == {name for name, each in mounts.items() if "readOnly" not in each}
    settings = yaml.safe_load(THINGS["ConfigMap"]["data"]["crmbridge.yaml"])
    assert mounts["rules"]["mountPath"] == settings["rules"]
    assert "token" not in settings["hubspot"]
    assert "client_secret" not in settings["salesforce"]


def test_every_selector_finds_the_pod() -> None:
    labels = THINGS["Deployment"]["spec"]["template"]["metadata"]["labels"]

    assert labels == THINGS["Deployment"]["spec"]["selector"]["matchLabels"]
    assert labels == THINGS["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
    assert labels == THINGS["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]
    assert labels == THINGS["Service"]["spec"]["selector"]
