"""The language of the rule book: YAML files in, the core's ``Rules`` out.

Every mistake an operator can make is one ``RuleBookError`` with file, line and, where one is
near, the likely word.
"""

from __future__ import annotations

from crmbridge.rulebook.loading import load, read_book
from crmbridge.rulebook.locating import find

__all__ = ["find", "load", "read_book"]
