"""The vendors' JavaScript clients, unmodified, against ``crmbridge sandbox``."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sandbox_process import running_sandbox

SCRIPT = Path(__file__).with_name("sandbox_smoke.mjs")
RunNode = Callable[[Path, Mapping[str, str]], str]


@pytest.mark.parametrize("options", [(), ("--tls",)])
def test_jsforce_and_the_hubspot_client_work_over_http_and_https(
    options: tuple[str, ...], run_node: RunNode
) -> None:
    with running_sandbox(*options) as told:
        environment = {"SANDBOX": json.dumps(told)}
        if told["ca_file"]:
            environment["NODE_EXTRA_CA_CERTS"] = told["ca_file"]

        assert "ok" == run_node(SCRIPT, environment).strip()
