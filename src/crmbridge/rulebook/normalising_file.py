"""``normalising.yaml``: which raw values mean the same industry, country or seniority."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from crmbridge.core.rules import Normalisation, Seniority
from crmbridge.rulebook.documents import Document, Place
from crmbridge.rulebook.sections import Section, Text, normal_title, normal_value


class NormalisingFile(Section):
    """The file as written: the name that the rule book uses → what stands in the CRMs."""

    industries: dict[Text, tuple[Text, ...]]
    countries: dict[Text, tuple[Text, ...]]
    titles: dict[Text, dict[Seniority, tuple[Text, ...]]]


def build_normalisation(file: NormalisingFile, document: Document) -> Normalisation:
    """The lookup tables of the core; refuses a value that would mean two things."""
    return Normalisation(
        industries=_invert("industries", file.industries, document),
        countries=_invert("countries", file.countries, document),
        titles=_titles(file, document),
    )


def _invert(
    section: str, groups: Mapping[str, tuple[str, ...]], document: Document
) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for name, values in groups.items():
        place = (section, name)
        _add(found, normal_value(name), name, place, document)
        for index, value in enumerate(values):
            _add(found, normal_value(value), name, (*place, index), document)
    return MappingProxyType(dict(sorted(found.items())))


def _add[T](
    found: dict[str, T], key: str, meaning: T, place: Place, document: Document
) -> None: ...
