"""Whatever stands in the files: rules, or one refusal; never anything else."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from crmbridge.core.rules import Rules
from crmbridge.errors import RuleBookError
from crmbridge.rulebook import load
from crmbridge.rulebook.locating import packaged

NAMES = sorted(path.name for path in packaged().glob("*.yaml"))
PIECES = st.one_of(
    st.binary(max_size=4),
    st.sampled_from(
        [b"\t", b": ", b"- ", b"{", b"]", b"&a ", b"*a", b"!!", b"'", b'"', b"~", b"yes", b"-1"]
    ),
    st.sampled_from([b"[[[[", b"1e999", b"9" * 40, b"\xef\xbb\xbf", b"? ", b"<<: ", b"%", b"|\n"]),
)


def _load_instead(name: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "rules"
        shutil.copytree(packaged(), book, ignore=shutil.ignore_patterns("cases", "schema"))
        (book / name).write_bytes(content)
        refusal = ""
        try:
            assert isinstance(load(book), Rules)
        except RuleBookError as error:
            refusal = str(error)
    assert "\n" not in refusal
    refusal.encode()


@settings(max_examples=80, deadline=None)
@given(
    name=st.sampled_from(NAMES),
    where=st.floats(0, 1),
    length=st.integers(0, 12),
    piece=PIECES,
)
def test_a_damaged_default_file_is_rules_or_a_refusal(
    name: str, where: float, length: int, piece: bytes
) -> None:
    content = (packaged() / name).read_bytes()
    start = int(where * len(content))

    _load_instead(name, content[:start] + piece + content[start + length :])


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(NAMES), content=st.binary(max_size=200))
def test_any_bytes_are_rules_or_a_refusal(name: str, content: bytes) -> None:
    _load_instead(name, content)
