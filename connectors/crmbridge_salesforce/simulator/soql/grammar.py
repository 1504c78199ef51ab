"""The grammar of the SOQL subset, LALR(1). Salesforce contract §4.

AND and OR never mix without parentheses and NOT starts a condition of its own, as on the
platform: ``a AND NOT b`` needs ``a AND (NOT b)``.
"""

from __future__ import annotations

_RESERVED = (
    "and|asc|desc|excludes|from|having|in|includes|like|limit|not|null|nulls|or|select|using|"
    "where|with"
)
_DATE_WORDS = (
    "YESTERDAY|TODAY|TOMORROW|(LAST|THIS|NEXT)_(WEEK|MONTH|QUARTER|YEAR)|(LAST|NEXT)_90_DAYS|"
    r"(LAST|NEXT)_N_(DAYS|WEEKS|MONTHS|QUARTERS|YEARS):\d+|"
    r"N_(DAYS|WEEKS|MONTHS|QUARTERS|YEARS)_AGO:\d+"
)

_GRAMMAR = r"""
start: query

query: _SELECT items _FROM source [where] [group_by] [having] [order_by] [limit] [offset]

items: item ("," item)*
?item: field_item | aggregate_item | fields_item | typeof_item | child_item
field_item: path [alias]
aggregate_item: aggregate [alias]
fields_item: FIELDS "(" FIELDS_KIND ")"
typeof_item: _TYPEOF path when+ [otherwise] _END
when: _WHEN path _THEN paths
otherwise: _ELSE paths
child_item: "(" query ")"
paths: path ("," path)*
alias: PATH

aggregate: AGGREGATE "(" [path] ")"
source: path [_AS] [alias]

where: _WHERE condition
group_by: _GROUP_BY paths
having: _HAVING condition
order_by: _ORDER_BY ordering ("," ordering)*
ordering: (path | aggregate) [DIRECTION] [NULLS]
limit: _LIMIT INTEGER
offset: _OFFSET INTEGER

?condition: unit | conjunction | disjunction | negation
conjunction: unit (_AND unit)+
disjunction: unit (_OR unit)+
negation: _NOT unit
?unit: "(" condition ")" | comparison | membership | semi_join
comparison: (path | aggregate) (OPERATOR | LIKE) literal
membership: path (IN | NOT_IN | INCLUDES | EXCLUDES) "(" literal ("," literal)* ")"
semi_join: path (IN | NOT_IN) "(" query ")"

literal: STRING | DATETIME | DATE | INTEGER | DECIMAL | BOOLEAN | NULL | DATE_WORD
path: PATH

_SELECT.3: /select\b/i
_FROM.3: /from\b/i
_AS.3: /as\b/i
_WHERE.3: /where\b/i
_GROUP_BY.3: /group\s+by\b/i
_HAVING.3: /having\b/i
_ORDER_BY.3: /order\s+by\b/i
_LIMIT.3: /limit\b/i
_OFFSET.3: /offset\b/i
_AND.3: /and\b/i
_OR.3: /or\b/i
_NOT.3: /not\b/i
_TYPEOF.3: /typeof\b/i
_WHEN.3: /when\b/i
_THEN.3: /then\b/i
_ELSE.3: /else\b/i
_END.3: /end\b/i
FIELDS.3: /fields(?=\s*\()/i
FIELDS_KIND.3: /(all|standard|custom)\b/i
AGGREGATE.3: /(count_distinct|count|sum|avg|min|max)(?=\s*\()/i
DIRECTION.3: /(asc|desc)\b/i
NULLS.3: /nulls\s+(first|last)\b/i
NOT_IN.4: /not\s+in\b/i
IN.3: /in\b/i
LIKE.3: /like\b/i
INCLUDES.3: /includes\b/i
EXCLUDES.3: /excludes\b/i
OPERATOR: "!=" | "<>" | "<=" | ">=" | "=" | "<" | ">"

DATETIME.5: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?(Z|[+-]\d\d:?\d\d)/i
DATE.4: /\d{4}-\d\d-\d\d(?![T\d])/
DECIMAL.3: /[+-]?\d*\.\d+/
INTEGER.2: /[+-]?\d+(?![\d.\w-])/
BOOLEAN.3: /(true|false)\b/i
NULL.3: /null\b/i
DATE_WORD.3: /(%DATE_WORDS%)\b/i
STRING: /'([^'\\]|\\.)*'/s
PATH.1: /(?!(?:%RESERVED%)\b)[A-Za-z_][A-Za-z0-9_]*(\s*\.\s*[A-Za-z_][A-Za-z0-9_]*)*/i

%ignore /\s+/
"""

GRAMMAR = _GRAMMAR.replace("%RESERVED%", _RESERVED).replace("%DATE_WORDS%", _DATE_WORDS)
