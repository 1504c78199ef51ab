"""The documentation: its reference is as the code is, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
_SECONDS = 120


def _build(source: Path, out: Path) -> subprocess.CompletedProcess[str]:
    flags = ("--quiet", "--fail-on-warning", "--keep-going", "--nitpicky")
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *flags, str(source), str(out)],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``make docs`` builds it."""
    out = tmp_path_factory.mktemp("site")
    done = _build(DOCS, out)
    assert 0 == done.returncode, done.stderr
    return out


def test_the_reference_is_as_the_code_is() -> None:
    done = subprocess.run(
        [sys.executable, str(DOCS / "reference.py"), "--check"],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )

    assert (0, "") == (done.returncode, done.stderr)


class _Page(HTMLParser):
    """The ids of a page, where it leads to, and what it loads."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value for name, value in attrs if value}
        self.ids |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        self.loaded += [found[name] for name in ("src", "srcset") if name in found]
        if tag == "link" and "stylesheet" in found.get("rel", ""):
            self.loaded.append(found["href"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Page]:
    return {path: _Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def _broken(pages: dict[Path, _Page]) -> Iterator[tuple[str, str]]:
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages.get(target)
            if not target.is_file() or (
                parts.fragment and known and unquote(parts.fragment) not in known.ids
            ):
                yield path.name, link


def test_every_link_leads_somewhere(pages: dict[Path, _Page]) -> None:
    assert sum(len(page.links) for page in pages.values()) > 500
    assert [] == sorted(set(_broken(pages)))


def test_it_loads_nothing_from_elsewhere(pages: dict[Path, _Page]) -> None:
    loaded = {name for page in pages.values() for name in page.loaded}

    assert loaded
    assert [] == [name for name in loaded if urlsplit(name).netloc]


def test_every_page_is_in_the_menu(site: Path) -> None:
    front = (site / "index.html").read_text(encoding="utf-8")
    sources = {path.relative_to(DOCS).with_suffix("") for path in DOCS.rglob("*.md")}
    sources -= {Path("index")}

    assert sources
    assert [] == [
        str(page)
        for page in sorted(sources)
        if f'href="{page}.html"' not in front and page.parent != Path("decisions")
    ]


def test_a_dead_link_and_a_dead_anchor_fail_the_build(tmp_path: Path) -> None:
    (tmp_path / "conf.py").write_text((DOCS / "conf.py").read_text())
    (tmp_path / "other.md").write_text("# Other\n")
    (tmp_path / "index.md").write_text(
        "# Front\n\n```{toctree}\nother\n```\n\n[a](nowhere.md) [b](other.md#no-such)\n"
    )
    done = _build(tmp_path, tmp_path / "out")

    assert 0 != done.returncode
    assert "nowhere.md" in done.stderr
    assert "no-such" in done.stderr


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    named = {name.partition("#")[0] for name in re.findall(r"\]\(([^)]+)\)", readme)}
    local = {name for name in named if "://" not in name}
    wanted = {path.relative_to(ROOT).as_posix() for path in DOCS.glob("*.md")}

    assert [] == [name for name in local if not (ROOT / name).exists()]
    assert [] == sorted(wanted - named - {"docs/index.md", "docs/changelog.md"})
