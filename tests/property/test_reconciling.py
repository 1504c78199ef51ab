"""Every difference has a cause, and where both CRMs are as they should be there is none."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref, Side
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind
from crmbridge.core.reconciling import COMPARED, Case, Cause, Write, WriteState, explain

REFS = st.sampled_from(
    [Ref(system="salesforce", object_type=ObjectType.LEAD, id=f"00Q{n}") for n in range(3)]
)
POPULATIONS = st.sampled_from([*COMPARED, "NL-BUDGET"])
OPERATIONS = st.builds(
    Operation,
    key=st.just("k"),
    uid=st.just("p1"),
    kind=st.sampled_from(list(OperationKind)),
    side=st.sampled_from(list(Side)),
    object_type=st.just(ObjectType.LEAD),
    target=st.none(),
    lane=st.just(Lane.STAGE),
    reason=st.just(""),
    changes=st.sampled_from([(), (FieldChange(field=f.STAGE, before=None, after="MQL"),)]),
    list_name=st.none() | POPULATIONS,
)
CASES = st.builds(
    Case,
    population=POPULATIONS,
    uid=st.sampled_from(["", "p1"]),
    side=st.just(Side.SALES),
    system=st.just("salesforce"),
    belongs=st.booleans(),
    shown=st.lists(REFS, unique=True).map(lambda refs: tuple(sorted(refs))),
    record=st.none() | REFS,
    gone=st.lists(REFS, unique=True).map(tuple),
    writes=st.lists(
        st.builds(Write, operation=OPERATIONS, state=st.sampled_from(list(WriteState))), max_size=3
    ).map(tuple),
    shadow=st.sampled_from(["", "sales has not signed"]),
    hidden=st.sampled_from(["", "it cannot be seen"]),
    claimed=st.booleans(),
    adopted=st.booleans(),
    edited=st.booleans(),
    awaited=st.booleans(),
)


@given(case=CASES)
def test_a_difference_has_one_cause_and_a_sentence_and_what_is_right_has_none(case: Case) -> None:
    shown = {case.record} if case.belongs else set()
    found = explain(case)
    if set(case.shown) == shown and None not in shown:
        assert found is None
        return
    assert found is not None
    assert found.cause in Cause
    assert found.why.strip()
    assert "\n" not in found.why
    assert found.records or found.cause is not Cause.DRIFT
