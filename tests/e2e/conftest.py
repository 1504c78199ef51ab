"""A small world, and the real daemon as a process of its own that lives in its time."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
