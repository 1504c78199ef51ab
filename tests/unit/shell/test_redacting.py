"""What a log may show: instants, but neither secrets nor what belongs to a person."""

from __future__ import annotations

import pytest

from crmbridge.logs import Redactor


@pytest.mark.parametrize(
    "text",
    [
        "nothing is sent there before 2026-06-09 12:00:00 UTC",
        "on 2026-06-09 and not before",
        "2026-06-09T12:00:00+00:00",
        "1,200 writes, status 503, cycle 41",
    ],
)
def test_instants_and_counts_are_shown(text: str) -> None:
    assert text == Redactor().clean(text)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("called +49 30 1234567 twice", "1234567"),
        ("called 030/1234567-89", "1234567"),
        ("called 2026-06-0912345", "0912345"),
        ("ada@northwind.example said no", "ada"),
        ("Authorization: Bearer abc.def", "abc.def"),
        ("the key sesame-77 is wrong", "sesame-77"),
    ],
)
def test_telephone_numbers_addresses_and_secrets_are_not(text: str, secret: str) -> None:
    assert secret not in Redactor(["sesame-77"]).clean(text)
