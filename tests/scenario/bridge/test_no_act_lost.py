"""Random lives in a portal end in the ledger as they were lived; the long run is in the soak."""

from __future__ import annotations

from pathlib import Path

import pytest
from engagement_lives import live

pytestmark = pytest.mark.campaign


def test_no_act_is_lost_and_none_is_doubled(tmp_path: Path) -> None:
    lives = live(1, people=150, acts=1_200, days=8, folder=tmp_path)
    assert (0, 0) == (lives.lost, lives.invented)
    assert lives.merges
    assert lives.archives
    assert 800 < sum(acts.total() for acts in lives.lived.values())
