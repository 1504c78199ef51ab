"""One company for all checks, whose bridge is well; every test plants one thing and undoes it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from company import Company, company
from worlds import Shown, shown_by_both

from crmbridge.app import connect, load_rules, nurture_lists
from crmbridge.clock import Clock
from crmbridge.doctor import examine_bridge
from crmbridge.findings import Finding, Severity
from crmbridge.rulebook import signing
from crmbridge.rulebook.locating import packaged
from crmbridge.settings import Settings, load_settings


class Surgery:
    """A company, its settings, and a doctor to send there."""

    def __init__(self, people: Company, store: Path) -> None:
        self.people = people
        self.store = store
        self.sandbox = people.sandbox

    def settings(self, **more: Any) -> Settings:
        """The company's settings; a mapping as a value adds to its section."""
        values: dict[str, Any] = {**self.sandbox.sections(), "store": self.store}
        for name, value in more.items():
            known = values.get(name)
            values[name] = {**known, **value} if isinstance(known, Mapping) else value
        return load_settings(None, values)

    def look(self, clock: Clock | None = None, **more: Any) -> list[Finding]:
        return list(examine_bridge(self.settings(**more), clock or self.sandbox.clock))

    def replaced(self, system: str, section: Mapping[str, Any] | None) -> Settings:
        """The company's settings with another section for a CRM."""
        values: dict[str, Any] = {**self.sandbox.sections(), "store": self.store}
        return load_settings(None, {**values, system: section})

    def shown(self) -> Shown:
        """Everything that both CRMs hold of people."""
        return shown_by_both(self.people)

    def bad(self, clock: Clock | None = None, **more: Any) -> list[Finding]:
        """What is not well."""
        return [each for each in self.look(clock, **more) if is_bad(each)]

    def only(self, clock: Clock | None = None, **more: Any) -> Finding:
        """The one thing that is not well; it has a remedy."""
        found = self.bad(clock, **more)
        assert 1 == len(found), found
        assert found[0].remedy
        return found[0]

    def provision(self) -> None:
        """Make everything right again."""
        settings = self.settings()
        book = load_rules(settings)
        for connector in connect(settings, book).values():
            connector.provision(nurture_lists(book))
            connector.close()

    @contextmanager
    def healed(self) -> Iterator[None]:
        """Set up again at the end."""
        try:
            yield
        finally:
            self.provision()


def is_bad(finding: Finding) -> bool:
    return finding.severity in (Severity.WARNING, Severity.ERROR)


@pytest.fixture(scope="module")
def surgery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surgery]:
    folder = tmp_path_factory.mktemp("doctor")
    with company(folder) as people:
        made = Surgery(people, folder / "bridge.db")
        made.provision()
        yield made


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """A rule book of one's own."""
    return Path(shutil.copytree(packaged(), tmp_path / "rules"))


def edit(rules: Path, file: str, old: str, new: str, *, sign: bool = True) -> None:
    path = rules / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    if sign:
        for department in signing.DEPARTMENTS:
            signing.sign(rules, department, "Kim", date(2026, 6, 1))
