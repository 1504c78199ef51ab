"""``crmbridge --help`` answers at once: nothing slow is imported before a command is chosen."""

from __future__ import annotations

import subprocess
import sys

_SLOW = {
    "alembic",
    "hubspot",
    "jwt",
    "lark",
    "prometheus_client",
    "psycopg",
    "pydantic",
    "pydantic_settings",
    "requests",
    "rich",
    "simple_salesforce",
    "sqlalchemy",
    "starlette",
    "structlog",
    "urllib3",
    "uvicorn",
    "yaml",
}
_SHOW_IMPORTS = """
import sys
sys.argv = ["crmbridge", *sys.argv[1:]]
from crmbridge.cli.main import main
try:
    main()
finally:
    print("IMPORTED", *sorted({name.partition(".")[0] for name in sys.modules}))
"""


def imported(*arguments: str) -> set[str]:
    """The top-level modules that the command has imported when it ends."""
    done = subprocess.run(
        [sys.executable, "-c", _SHOW_IMPORTS, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    last = done.stdout.splitlines()[-1].split()
    assert "IMPORTED" == last[0]
    return set(last[1:])


def test_help_imports_neither_sdk_nor_database_nor_schema() -> None:
    found = imported("--help")

    assert {"click", "crmbridge"} <= found
    assert set() == found & _SLOW


def test_what_other_commands_import_is_seen() -> None:
    """The test above can fail: what it looks for is there once a command reads the settings."""
    assert {"pydantic", "sqlalchemy"} <= imported("run", "--config", "/there/is/no/such.yaml")
