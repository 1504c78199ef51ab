"""Checks GROUP BY queries: what may be grouped, aggregated, filtered and sorted by."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from crmbridge_salesforce.simulator.schema import ID_TYPES, NUMBER_TYPES
from crmbridge_salesforce.simulator.soql import syntax
from crmbridge_salesforce.simulator.soql.bound import Column, GroupColumn, Grouping, Scope
from crmbridge_salesforce.simulator.soql.parsing import malformed, query_error

Having = Callable[[dict[GroupColumn, Any]], bool]
_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def bind_grouping(
    scope: Scope,
    query: syntax.Query,
    column_of: Callable[[syntax.Path], Column],
) -> Grouping:
    """The grouping of a query with GROUP BY or aggregates; raises MALFORMED_QUERY."""
    return _GroupingBinder(scope, query, column_of).bind()


class _GroupingBinder:
    def __init__(
        self, scope: Scope, query: syntax.Query, column_of: Callable[[syntax.Path], Column]
    ) -> None:
        self._scope = scope
        self._query = query
        self._column_of = column_of
        self._by: dict[tuple[str, ...], Column] = {}
        self._columns: list[GroupColumn] = []
        self._unnamed = 0

    def bind(self) -> Grouping:
        for path in self._query.group_by:
            column = self._column_of(path)
            if not column.field.groupable:
                message = f"field '{column.field.name}' can not be grouped in a query call"
                raise query_error(self._scope.text, path.place, "MALFORMED_QUERY", message)
            self._by[column.key] = column
        for item in self._query.items:
            self._columns.append(self._item(item))
        having = self._having(self._query.having) if self._query.having else None
        ordering = tuple(
            (self._hidden(each.by), each.descending, each.nulls_first is not False)
            for each in self._query.order_by
        )
        return Grouping(
            by=tuple(self._by.values()),
            columns=tuple(self._columns),
            having=having,
            ordering=ordering,
        )

    def _item(self, item: syntax.Item) -> GroupColumn:
        match item:
            case syntax.FieldItem(path=path, alias=alias):
                column = self._grouped(path)
                return GroupColumn(key=alias or column.field.name, function=None, column=column)
            case syntax.AggregateItem(aggregate=aggregate, alias=alias):
                key = alias or f"expr{self._unnamed}"
                self._unnamed += not alias
                column = self._aggregated(aggregate)
                return GroupColumn(key=key, function=aggregate.function, column=column)
            case _:
                message = "Grouped query cannot use child relationships in the SELECT list"
                raise malformed(self._scope.text, self._query.source.place, message)

    def _grouped(self, path: syntax.Path) -> Column:
        column = self._column_of(path)
        if column.key not in self._by:
            message = f"Field must be grouped or aggregated: {path}"
            raise malformed(self._scope.text, path.place, message)
        return column

    def _aggregated(self, aggregate: syntax.Aggregate) -> Column:
        if aggregate.path is None:
            message = "COUNT() must be the only element in the SELECT list"
            raise malformed(self._scope.text, aggregate.place, message)
        column = self._column_of(aggregate.path)
        function, kind = aggregate.function, column.field.type
        if function in ("SUM", "AVG"):
            fits = kind in NUMBER_TYPES
        elif function in ("MIN", "MAX"):
            fits = kind not in ID_TYPES | {"boolean", "address", "anyType"}
        else:
            fits = kind not in ("address", "anyType", "boolean")
        if not fits:
            message = f"field {column.field.name} does not support aggregate operator {function}"
            raise malformed(self._scope.text, aggregate.place, message)
        return column

    def _hidden(self, by: syntax.Path | syntax.Aggregate) -> GroupColumn:
        """An answer column for sorting or filtering; a keyless one if it is not selected."""
        if isinstance(by, syntax.Aggregate):
            wanted = GroupColumn(key="", function=by.function, column=self._aggregated(by))
        else:
            for column in self._columns:
                if len(by.parts) == 1 and column.key.lower() == by.parts[0].lower():
                    return column
            wanted = GroupColumn(key="", function=None, column=self._grouped(by))
        self._columns.append(wanted)
        return wanted

    def _having(self, condition: syntax.Condition) -> Having:
        match condition:
            case syntax.Junction(operator=joined, conditions=conditions):
                tests = [self._having(each) for each in conditions]
                every = all if joined == "AND" else any
                return lambda answer: every(test(answer) for test in tests)
            case syntax.Negation(condition=inner):
                test = self._having(inner)
                return lambda answer: not test(answer)
            case syntax.Comparison(left=left, operator=how, value=literal) if how in _TESTS:
                return self._having_test(left, how, literal)
            case _:
                message = "HAVING supports comparisons only"
                raise malformed(self._scope.text, self._query.source.place, message)

    def _having_test(
        self, left: syntax.Path | syntax.Aggregate, how: str, literal: syntax.Literal
    ) -> Having:
        column, compared, value = self._hidden(left), _TESTS[how], literal.value
        counts = column.function is not None
        if counts and literal.kind != "number":
            message = "an aggregate in HAVING compares with a number"
            raise malformed(self._scope.text, literal.place, message)

        def test(answer: dict[GroupColumn, Any]) -> bool:
            known = answer[column]
            if known is None or value is None:
                return how in ("=", "!=") and compared(known, value)
            if isinstance(known, str) and isinstance(value, str):
                return compared(known.casefold(), value.casefold())
            return compared(known, value)

        return test
