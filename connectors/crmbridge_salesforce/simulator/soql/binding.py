"""Checks a query against the schema and makes it runnable. Salesforce contract §4."""

from __future__ import annotations

from datetime import datetime

from crmbridge_salesforce.simulator.errors import ApiError
from crmbridge_salesforce.simulator.schema import ID_TYPES, SObject
from crmbridge_salesforce.simulator.soql import syntax
from crmbridge_salesforce.simulator.soql.bound import (
    BoundQuery,
    Children,
    Column,
    Hints,
    Output,
    Predicate,
    Scope,
    SortKey,
    TypeOf,
)
from crmbridge_salesforce.simulator.soql.columns import (
    invalid_field,
    resolve,
    source_object,
)
from crmbridge_salesforce.simulator.soql.conditions import (
    among,
    belongs,
    compare,
    literal_values,
)
from crmbridge_salesforce.simulator.soql.evaluation import find_rows
from crmbridge_salesforce.simulator.soql.grouping import bind_grouping
from crmbridge_salesforce.simulator.soql.parsing import malformed, query_error

_HIGHEST_OFFSET = 2000
_MOST_SUBQUERIES = 20
_MOST_SEMI_JOINS = 2
_FIELDS_LIMIT = 200


def bind(scope: Scope, query: syntax.Query) -> BoundQuery:
    """The runnable form of a query; raises ``ApiError`` for whatever does not fit the schema."""
    return _Binder(scope, query, source_object(scope, query.source)).bind()


class _Binder:
    """Binds one query or subquery over one object."""

    def __init__(
        self, scope: Scope, query: syntax.Query, sobject: SObject, *, nested: bool = False
    ) -> None:
        self._scope = scope
        self._query = query
        self._sobject = sobject
        self._nested = nested
        self._semi_joins = 0

    def bind(self) -> BoundQuery:
        query = self._query
        self._check_offset()
        predicate = self._condition(query.where) if query.where else None
        hints = Hints()
        if query.where:
            self._collect_hints(query.where, hints)
        aggregates = [item for item in query.items if isinstance(item, syntax.AggregateItem)]
        counts_only = len(aggregates) == 1 and aggregates[0].aggregate.path is None
        grouping = None
        outputs: tuple[Output, ...] = ()
        ordering: tuple[SortKey, ...] = ()
        if counts_only:
            self._check_bare_count()
        elif aggregates or query.group_by:
            grouping = bind_grouping(self._scope, query, self._column)
        else:
            if query.having:
                place = query.source.place
                raise malformed(self._scope.text, place, "unexpected token: 'HAVING'")
            outputs = self._outputs()
            ordering = tuple(self._sort_key(each) for each in query.order_by)
        return BoundQuery(
            scope=self._scope,
            sobject=self._sobject,
            outputs=outputs,
            predicate=predicate,
            hints=hints,
            ordering=ordering,
            limit=query.limit,
            offset=query.offset or 0,
            counts_only=counts_only,
            grouping=grouping,
        )

    def _column(self, path: syntax.Path) -> Column:
        return resolve(self._scope, self._sobject, self._query.alias, path)

    def _check_offset(self) -> None:
        if self._query.offset and self._query.offset > _HIGHEST_OFFSET:
            message = f"Maximum SOQL offset allowed is {_HIGHEST_OFFSET}"
            raise ApiError(400, "NUMBER_OUTSIDE_VALID_RANGE", message)

    def _check_bare_count(self) -> None:
        query = self._query
        if len(query.items) > 1 or query.group_by or query.order_by or self._nested:
            message = "COUNT() must be the only element in the SELECT list"
            raise malformed(self._scope.text, query.source.place, message)

    # -- what is selected -----------------------------------------------------------------

    def _outputs(self) -> tuple[Output, ...]:
        outputs: list[Output] = []
        seen: set[tuple[str, ...]] = set()
        for item in self._query.items:
            for output in self._output(item):
                key = output.key if isinstance(output, Column) else _relationship_key(output)
                if key in seen:
                    message = f"duplicate field selected: {'.'.join(key)}"
                    raise query_error(
                        self._scope.text, self._query.source.place, "INVALID_FIELD", message
                    )
                seen.add(key)
                outputs.append(output)
        children = sum(isinstance(output, Children) for output in outputs)
        if children > _MOST_SUBQUERIES:
            message = f"more than {_MOST_SUBQUERIES} child relationships"
            raise malformed(self._scope.text, self._query.source.place, message)
        return tuple(outputs)

    def _output(self, item: syntax.Item) -> list[Output]:
        match item:
            case syntax.FieldItem(path=path, alias=alias):
                if alias:
                    message = "only aggregate expressions use field aliasing"
                    raise malformed(self._scope.text, path.place, message)
                return [self._column(path)]
            case syntax.FieldsItem():
                return list(self._fields(item))
            case syntax.TypeOfItem():
                return [self._type_of(item)]
            case syntax.ChildItem(query=query):
                return [self._children(query)]
            case _:
                raise TypeError(f"not selectable without grouping: {item}")

    def _fields(self, item: syntax.FieldsItem) -> list[Column]:
        limit = self._query.limit
        if item.kind != "STANDARD" and (limit is None or limit > _FIELDS_LIMIT):
            message = f"The SOQL FIELDS function must have a LIMIT of at most {_FIELDS_LIMIT}"
            raise malformed(self._scope.text, item.place, message)
        wanted = {"ALL": (True, False), "STANDARD": (False,), "CUSTOM": (True,)}[item.kind]
        return [
            Column(hops=(), sobject=self._sobject, field=field, place=item.place)
            for field in self._sobject.fields()
            if field.custom in wanted and self._scope.field(self._sobject, field.name)
        ]

    def _type_of(self, item: syntax.TypeOfItem) -> TypeOf:
        hop = self._sobject.reference_named(str(item.path))
        if hop is None or not hop.polymorphic:
            message = f"field '{item.path}' is not a polymorphic relationship"
            raise invalid_field(self._scope, item.path, message)
        branches: dict[str, tuple[Column, ...]] = {}
        for kind, paths in item.branches:
            target = source_object(self._scope, kind)
            if target.name not in hop.reference_to:
                message = f"'{kind}' is not a type of '{item.path}'"
                raise invalid_field(self._scope, kind, message)
            columns = tuple(resolve(self._scope, target, None, path) for path in paths)
            branches[target.name] = columns
        named = self._scope.schema.known("Name")
        otherwise = tuple(resolve(self._scope, named, None, path) for path in item.otherwise)
        return TypeOf(hop=hop, branches=branches, otherwise=otherwise)

    def _children(self, query: syntax.Query) -> Children:
        if self._nested:
            message = "unexpected token: 'SELECT'"
            raise malformed(self._scope.text, query.source.place, message)
        name = query.source.parts[-1]
        child = self._scope.schema.child_named(self._sobject, name)
        if child is None or child.name is None:
            raise query_error(
                self._scope.text,
                query.source.place,
                "INVALID_TYPE",
                f"Didn't understand relationship '{query.source}' in FROM part of query call. If "
                "you are attempting to use a custom relationship, be sure to append the '__r' "
                "after the custom relationship name. Please reference your WSDL or the describe "
                "call for the appropriate names.",
            )
        bound = _Binder(self._scope, query, child.sobject, nested=True).bind()
        if bound.grouping:
            message = "aggregates are not allowed in a child subquery"
            raise malformed(self._scope.text, query.source.place, message)
        return Children(name=child.name, link=child.field, query=bound)

    # -- order and conditions -------------------------------------------------------------

    def _sort_key(self, ordering: syntax.Ordering) -> SortKey:
        if isinstance(ordering.by, syntax.Aggregate):
            place = ordering.by.place
            message = "an aggregate can only order a grouped query"
            raise malformed(self._scope.text, place, message)
        column = self._column(ordering.by)
        if not column.field.sortable:
            message = f"field '{column.field.name}' can not be sorted in a query call"
            raise invalid_field(self._scope, ordering.by, message)
        return SortKey(
            column=column,
            descending=ordering.descending,
            nulls_first=ordering.nulls_first is not False,
        )

    def _condition(
        self, condition: syntax.Condition, *, negated: bool = False, either: bool = False
    ) -> Predicate:
        match condition:
            case syntax.Junction(operator=operator, conditions=conditions):
                either = either or operator == "OR"
                tests = [
                    self._condition(each, negated=negated, either=either) for each in conditions
                ]
                if operator == "AND":
                    return lambda row: all(test(row) for test in tests)
                return lambda row: any(test(row) for test in tests)
            case syntax.Negation(condition=inner):
                test = self._condition(inner, negated=True, either=either)
                return lambda row: not test(row)
            case syntax.Comparison(left=left, operator=operator, value=value):
                if isinstance(left, syntax.Aggregate):
                    message = "aggregates are only allowed in the HAVING clause"
                    raise malformed(self._scope.text, left.place, message)
                return compare(self._scope, self._column(left), operator, value)
            case syntax.Membership(left=path, operator=operator, values=values):
                return belongs(self._scope, self._column(path), operator, values)
            case syntax.SemiJoin():
                return self._semi_join(condition, refused=negated or either)

    def _semi_join(self, join: syntax.SemiJoin, *, refused: bool) -> Predicate:
        self._semi_joins += 1
        column = self._column(join.left)
        problem = None
        if refused:
            problem = "semi join sub-selects are only allowed at the top level of AND"
        elif self._nested or self._semi_joins > _MOST_SEMI_JOINS:
            problem = f"maximum {_MOST_SEMI_JOINS} semi join sub-selects are allowed"
        elif column.field.type not in ID_TYPES:
            problem = "semi join sub-selects can only query id fields"
        if problem:
            raise malformed(self._scope.text, join.left.place, problem)
        source = source_object(self._scope, join.query.source)
        inner = _Binder(self._scope, join.query, source, nested=True).bind()
        selected = inner.outputs[0] if len(inner.outputs) == 1 else None
        if not isinstance(selected, Column) or selected.field.type not in ID_TYPES:
            message = "semi join sub-selects must select exactly one id or reference field"
            raise malformed(self._scope.text, join.query.source.place, message)
        store = self._scope.store
        found = {selected.read(store, row) for row in find_rows(inner)} - {None}
        return among(self._scope, column, join.operator, found)

    def _collect_hints(self, condition: syntax.Condition, hints: Hints) -> None:
        """Note the demands that an index can answer; only those joined by AND bind."""
        match condition:
            case syntax.Junction(operator="AND", conditions=conditions):
                for each in conditions:
                    self._collect_hints(each, hints)
            case syntax.Membership(left=path, operator="IN", values=values):
                hints.complete = False
                self._hint_values(path, values, hints)
            case syntax.Comparison(left=syntax.Path() as path, operator="=", value=value):
                hints.complete = False
                self._hint_values(path, (value,), hints)
            case syntax.Comparison(left=syntax.Path() as path, operator=operator, value=value):
                column = self._column(path)
                stamped = not column.hops and column.field.name == self._sobject.stamp_field
                if stamped and value.kind == "datetime":
                    _hint_range(operator, value, hints)
                else:
                    hints.complete = False
            case _:
                hints.complete = False

    def _hint_values(
        self, path: syntax.Path, values: tuple[syntax.Literal, ...], hints: Hints
    ) -> None:
        column = self._column(path)
        exact = literal_values(self._scope, column, values)
        if exact is not None and not column.hops:
            hints.values.append((column.field.name, exact))


def _relationship_key(output: TypeOf | Children) -> tuple[str, ...]:
    if isinstance(output, Children):
        return (output.name,)
    return (output.hop.relationship or output.hop.name,)


def _hint_range(operator: str, value: syntax.Literal, hints: Hints) -> None:
    instant = value.value
    # The span includes both of its ends.
    if not isinstance(instant, datetime) or operator not in (">=", "<="):
        hints.complete = False
    if not isinstance(instant, datetime):
        return
    if operator in (">", ">="):
        hints.since = max(hints.since, instant) if hints.since else instant
    elif operator in ("<", "<="):
        hints.until = min(hints.until, instant) if hints.until else instant
