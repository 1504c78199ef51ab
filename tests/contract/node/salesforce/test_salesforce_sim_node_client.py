"""jsforce, unmodified, against the org that ``crmbridge sandbox`` serves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from sandbox_process import running_sandbox


@pytest.mark.parametrize("options", [(), ("--tls",)])
def test_jsforce_works_unmodified(
    options: tuple[str, ...], run_node: Callable[[Path, Mapping[str, str]], str]
) -> None:
    with running_sandbox("--people", "0", *options) as told:
        org = told["salesforce"]
        environment = {
            "SALESFORCE_URL": org["base_url"],
            "SALESFORCE_ORG": org["access_token"].partition("!")[0],
            "SALESFORCE_KEY": org["client_id"],
            "SALESFORCE_SECRET": org["client_secret"],
        }
        if told["ca_file"]:
            environment["NODE_EXTRA_CA_CERTS"] = told["ca_file"]
        printed = run_node(Path(__file__).with_name("smoke.mjs"), environment)
    assert "ok" == printed.strip()
