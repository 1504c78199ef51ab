"""Finds the Olist data set, and plays it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).parents[3] / ".." / "shared" / "data" / "olist"


@pytest.fixture(scope="session")
def olist_folder() -> Path:
    """``CRMBRIDGE_OLIST_DIR`` or the folder beside the repository; CI must have it."""
    folder = Path(os.environ.get("CRMBRIDGE_OLIST_DIR") or _DEFAULT)
    if (folder / "olist_marketing_qualified_leads_dataset.csv").is_file():
        return folder
    message = f"the Olist data set is not in {folder.resolve()}: set CRMBRIDGE_OLIST_DIR"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)
