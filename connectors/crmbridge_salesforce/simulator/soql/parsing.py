"""Turns query text into its syntax, or into the platform's MALFORMED_QUERY error."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken, VisitError

from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.soql import syntax
from crmbridge_salesforce.simulator.soql.grammar import GRAMMAR
from crmbridge_salesforce.simulator.times import parse_date, parse_datetime

LONGEST_QUERY = 100_000
LONGEST_STRING = 4_000
_WORD = re.compile(r"\w+|'[^']*'?|\S", re.DOTALL)
_CONTEXT = 40
# Clauses outside the subset: read as an alias they would vanish without an error.
_NO_ALIAS = frozenset({"all", "for", "update"})
_ESCAPES = {
    "n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\",
}  # fmt: skip


def query_error(text: str, place: syntax.Place, code: str, message: str) -> ApiError:
    """An error that shows where in the query it lies, as the platform frames it."""
    lines = text.split("\n")
    line = lines[place.row - 1] if place.row <= len(lines) else ""
    start = max(0, place.column - 1 - _CONTEXT) if len(line) > 2 * _CONTEXT else 0
    shown = line[start : place.column - 1 + _CONTEXT] if start or len(line) > 2 * _CONTEXT else line
    caret = " " * (place.column - 1 - start) + "^"
    frame = f"\n{shown}\n{caret}\nERROR at Row:{place.row}:Column:{place.column}\n"
    return ApiError(400, code, frame + message)


def malformed(text: str, place: syntax.Place, message: str) -> ApiError:
    """A query that is no query."""
    return query_error(text, place, "MALFORMED_QUERY", message)


@lru_cache(maxsize=512)
def parse(text: str) -> syntax.Query:
    """The syntax of a query; raises ``ApiError`` with MALFORMED_QUERY."""
    if len(text) > LONGEST_QUERY:
        raise ApiError(400, "QUERY_TOO_COMPLICATED", "SOQL statement is too long")
    try:
        tree = _grammar().parse(text)
        query: syntax.Query = _ToSyntax(text).transform(tree)
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, ApiError):
            raise error.orig_exc from None
        raise
    return query


@lru_cache(maxsize=1)
def _grammar() -> Lark:
    return Lark(GRAMMAR, parser="lalr", maybe_placeholders=True)


def _unexpected(text: str, error: UnexpectedInput) -> ApiError:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        row = text.count("\n") + 1
        column = len(text) - (text.rfind("\n") + 1) + 1
        place = syntax.Place(row=row, column=column)
        return malformed(text, place, "unexpected token: '<EOF>'")
    place = syntax.Place(row=error.line, column=error.column)
    position = error.pos_in_stream or 0
    if isinstance(error, UnexpectedCharacters) and text[position] in '"`;{}[]@#$^&|~?':
        message = (
            f"line {place.row}:{place.column - 1} no viable alternative at character "
            f"'{text[position]}'"
        )
        return ApiError(400, "MALFORMED_QUERY", message)
    match = _WORD.match(text, position)
    word = match.group() if match else text[position : position + 1]
    return malformed(text, place, f"unexpected token: '{word}'")


def _place(token: Token) -> syntax.Place:
    return syntax.Place(row=token.line or 1, column=token.column or 1)


class _ToSyntax(Transformer[Token, Any]):
    """Builds the syntax from the bottom up."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def start(self, parts: list[Any]) -> Any:
        return parts[0]

    def query(self, parts: list[Any]) -> syntax.Query:
        items, (source, alias), where, group_by, having, order_by, limit, offset = parts
        return syntax.Query(
            items=items,
            source=source,
            alias=alias,
            where=where,
            group_by=group_by or (),
            having=having,
            order_by=order_by or (),
            limit=limit,
            offset=offset,
        )

    def items(self, parts: list[Any]) -> tuple[syntax.Item, ...]:
        return tuple(parts)

    def paths(self, parts: list[Any]) -> tuple[syntax.Path, ...]:
        return tuple(parts)

    def path(self, parts: list[Token]) -> syntax.Path:
        token = parts[0]
        names = tuple(name.strip() for name in token.split("."))
        return syntax.Path(parts=names, place=_place(token))

    def alias(self, parts: list[Token]) -> str:
        if "." in parts[0] or parts[0].lower() in _NO_ALIAS:
            raise malformed(self._text, _place(parts[0]), f"unexpected token: '{parts[0]}'")
        return str(parts[0])

    def source(self, parts: list[Any]) -> tuple[syntax.Path, str | None]:
        return parts[0], parts[-1]

    def field_item(self, parts: list[Any]) -> syntax.FieldItem:
        return syntax.FieldItem(path=parts[0], alias=parts[1])

    def aggregate(self, parts: list[Any]) -> syntax.Aggregate:
        token, path = parts
        return syntax.Aggregate(function=token.upper(), path=path, place=_place(token))

    def aggregate_item(self, parts: list[Any]) -> syntax.AggregateItem:
        return syntax.AggregateItem(aggregate=parts[0], alias=parts[1])

    def fields_item(self, parts: list[Token]) -> syntax.FieldsItem:
        return syntax.FieldsItem(kind=parts[1].upper(), place=_place(parts[0]))

    def typeof_item(self, parts: list[Any]) -> syntax.TypeOfItem:
        path, *branches, otherwise = parts
        return syntax.TypeOfItem(path=path, branches=tuple(branches), otherwise=otherwise or ())

    def when(self, parts: list[Any]) -> tuple[syntax.Path, tuple[syntax.Path, ...]]:
        return parts[0], parts[1]

    def otherwise(self, parts: list[Any]) -> Any:
        return parts[0]

    def child_item(self, parts: list[Any]) -> syntax.ChildItem:
        return syntax.ChildItem(query=parts[0])

    def where(self, parts: list[Any]) -> Any:
        return parts[0]

    having = where
    group_by = where

    def order_by(self, parts: list[Any]) -> tuple[syntax.Ordering, ...]:
        return tuple(parts)

    def ordering(self, parts: list[Any]) -> syntax.Ordering:
        by, direction, nulls = parts
        return syntax.Ordering(
            by=by,
            descending=bool(direction and direction.upper() == "DESC"),
            nulls_first=None if nulls is None else nulls.upper().endswith("FIRST"),
        )

    def limit(self, parts: list[Token]) -> int:
        if int(parts[0]) < 0:
            raise malformed(self._text, _place(parts[0]), f"unexpected token: '{parts[0]}'")
        return int(parts[0])

    offset = limit

    def conjunction(self, parts: list[Any]) -> syntax.Junction:
        return syntax.Junction(operator="AND", conditions=tuple(parts))

    def disjunction(self, parts: list[Any]) -> syntax.Junction:
        return syntax.Junction(operator="OR", conditions=tuple(parts))

    def negation(self, parts: list[Any]) -> syntax.Negation:
        return syntax.Negation(condition=parts[0])

    def comparison(self, parts: list[Any]) -> syntax.Comparison:
        left, operator, value = parts
        named = {"<>": "!="}.get(operator, operator.upper())
        return syntax.Comparison(left=left, operator=named, value=value)

    def membership(self, parts: list[Any]) -> syntax.Membership:
        left, operator, *values = parts
        named = " ".join(operator.upper().split())
        return syntax.Membership(left=left, operator=named, values=tuple(values))

    def semi_join(self, parts: list[Any]) -> syntax.SemiJoin:
        left, operator, query = parts
        return syntax.SemiJoin(left=left, operator=" ".join(operator.upper().split()), query=query)

    def literal(self, parts: list[Token]) -> syntax.Literal:
        token = parts[0]
        kind, value = self._value(token)
        return syntax.Literal(kind=kind, value=value, text=str(token), place=_place(token))

    def _value(self, token: Token) -> tuple[str, Any]:
        text = str(token)
        match token.type:
            case "STRING":
                return "string", self._unescape(token)
            case "INTEGER":
                return "number", int(text)
            case "DECIMAL":
                return "number", float(text)
            case "BOOLEAN":
                return "boolean", text.lower() == "true"
            case "NULL":
                return "null", None
            case "DATE_WORD":
                name, _, count = text.upper().partition(":")
                return "dateword", syntax.DateWord(name=name, count=int(count) if count else None)
        parsed = parse_date(text) if token.type == "DATE" else parse_datetime(text)
        if parsed is None:
            raise malformed(self._text, _place(token), f"invalid date: {text}")
        return token.type.lower(), parsed

    def _unescape(self, token: Token) -> str:
        """The text of a quoted string; ``\\_`` and ``\\%`` keep their backslash for LIKE."""

        def replace(match: re.Match[str]) -> str:
            escape = match.group(1)
            if escape[0] in "uU" and len(escape) == 5:
                return chr(int(escape[1:], 16))
            if escape in "_%":
                return match.group()
            if escape in _ESCAPES:
                return _ESCAPES[escape] if escape != "\\" else "\\\\"
            message = (
                f"Invalid string literal {token}. Illegal character sequence "
                f"'{match.group()}' in string literal."
            )
            raise malformed(self._text, _place(token), message)

        body = str(token)[1:-1]
        if len(body) > LONGEST_STRING:
            raise malformed(self._text, _place(token), "string literal too long")
        return re.sub(r"\\([uU][0-9A-Fa-f]{4}|.)", replace, body, flags=re.DOTALL)
