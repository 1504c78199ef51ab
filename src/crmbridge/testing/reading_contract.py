"""What every connector does when it reads."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from crmbridge.breaker import OPENS_AFTER
from crmbridge.core import fields as f
from crmbridge.core.model import ObjectType, Ref
from crmbridge.core.operations import FieldChange, Lane, Operation, OperationKind, Outcome
from crmbridge.errors import AuthError, RejectedRecord, RetryableError, Unavailable
from crmbridge.ports import Span
from crmbridge.testing.portal import Portal, Skill
from crmbridge.testing.reader import BEGINNING, Reader


def need(portal: Portal, skill: Skill) -> None:
    """Skip, visibly and with the vendor's reason, where the CRM cannot do it."""
    if skill in portal.lacks:
        pytest.skip(f"{skill.value}: {portal.lacks[skill]}")


def put_in_stage(portal: Portal, stage: str, ids: Sequence[str]) -> list[Ref]:
    """Let the connector write a stage on these people; their references."""
    connector = portal.connector
    refs = [Ref(system=connector.name, object_type=portal.person, id=each) for each in ids]
    receipts = connector.apply(
        [
            Operation(
                key=f"{stage}/{ref}",
                uid=f"p{ref.id}",
                kind=OperationKind.UPDATE,
                side=connector.side,
                object_type=portal.person,
                target=ref,
                lane=Lane.STAGE,
                reason="a test",
                changes=(FieldChange(field=f.STAGE, before=None, after=stage),),
            )
            for ref in refs
        ]
    )
    assert {Outcome.DONE} == {each.outcome for each in receipts}
    return refs


class ReadingContract:
    """Polling and fetching."""

    @pytest.fixture
    def reader(self, portal: Portal) -> Reader:
        """Everything read up to now."""
        made = Reader(portal.connector, portal.people)
        made.poll()
        return made

    def test_it_names_the_account(self, portal: Portal) -> None:
        """A ping proves the login and names the account, the same one each time."""
        first, second = portal.connector.ping(), portal.connector.ping()
        assert first == second
        assert first.account_id

    def test_wrong_credentials_stop_in_one_line(self, portal: Portal) -> None:
        """Credentials that are refused raise AuthError or ConfigError in one line without them."""
        stranger = portal.stranger()
        with pytest.raises(AuthError) as caught:
            stranger.ping()
        stranger.close()
        assert "\n" not in str(caught.value)
        assert "sesame" not in f"{caught.value} {caught.value.detail}"

    def test_silence_is_worth_another_try(self, portal: Portal) -> None:
        """A host that does not answer raises RetryableError."""
        nowhere = portal.nowhere()
        with pytest.raises(RetryableError):
            nowhere.ping()
        nowhere.close()

    def test_every_stream_moves_its_position(self, portal: Portal) -> None:
        """A poll of any stream yields a page at least, and a position to go on from."""
        for stream in portal.connector.streams:
            made = Reader(portal.connector, stream.name)
            before = made.position
            made.poll()
            assert before != made.position

    def test_nothing_new_costs_what_it_must(self, portal: Portal, reader: Reader) -> None:
        """Where nothing changed a poll shows nobody and costs the stated calls."""
        portal.arrive(3)
        portal.wait(3600)
        reader.poll()
        portal.wait(3600)
        reader.poll()
        before = portal.connector.calls
        assert [] == reader.poll()
        assert portal.idle == portal.connector.calls - before

    def test_somebody_new_is_seen(self, portal: Portal, reader: Reader) -> None:
        """Whoever is created shows in the next poll, under canonical fields."""
        (identity,) = portal.arrive()
        portal.wait(60)
        reader.poll()
        record = reader.last(identity)
        assert portal.address(identity) == record.fields[f.EMAIL]
        assert (portal.person, portal.connector.name) == (
            record.ref.object_type,
            record.ref.system,
        )
        assert record.modified_at.tzinfo is not None
        assert not record.deleted

    def test_an_edit_is_a_new_version(self, portal: Portal, reader: Reader) -> None:
        """A record that changed comes again, with another version and its new value."""
        (identity,) = portal.arrive()
        portal.wait(60)
        reader.poll()
        before = reader.last(identity)
        portal.wait(5)
        portal.edit(identity, "Head of Freight")
        portal.wait(60)
        reader.poll()
        after = reader.last(identity)
        assert before.version != after.version
        assert before.modified_at < after.modified_at
        assert "Head of Freight" == after.fields[f.TITLE]

    def test_the_same_reading_is_the_same(self, portal: Portal, reader: Reader) -> None:
        """A poll repeated from one position gives the same versions and the same keys."""
        for identity in portal.arrive(5):
            portal.do(identity)
        portal.wait(60)
        again = Reader(portal.connector, portal.people)
        again.position = reader.position
        reader.poll()
        again.poll()
        assert {(each.ref, each.version) for each in reader.records} == {
            (each.ref, each.version) for each in again.records
        }
        assert reader.facts
        assert reader.facts.keys() == again.facts.keys()

    def test_a_fetch_agrees_with_the_poll(self, portal: Portal, reader: Reader) -> None:
        """A record that is fetched is the record that was polled."""
        (identity,) = portal.arrive()
        portal.wait(60)
        reader.poll()
        polled = reader.last(identity)
        fetched = {each.ref: each for each in portal.connector.fetch([polled.ref]).records}
        assert polled.fields == fetched[polled.ref].fields
        assert polled.version == fetched[polled.ref].version

    def test_an_old_position_loses_nothing(self, portal: Portal, reader: Reader) -> None:
        """Reading on from where one was long ago shows everybody who came since."""
        ids: set[str] = set()
        for _ in range(4):
            ids |= set(portal.arrive(2))
            portal.wait(86_400)
        reader.poll()
        assert ids <= reader.ids()

    def test_a_burst_of_one_stamp_is_read_whole(self, portal: Portal, reader: Reader) -> None:
        """More people of one modification stamp than a page holds are all read."""
        ids = portal.arrive(450, together=True)
        portal.wait(60)
        reader.poll()
        assert set(ids) <= reader.ids()

    def test_a_reading_cut_off_goes_on(self, portal: Portal, reader: Reader) -> None:
        """Stopped after any page and taken up from its position, a reading misses nobody."""
        ids = portal.arrive(450, together=True)
        portal.wait(60)
        for _ in range(450):
            if set(ids) <= reader.ids():
                break
            reader.poll(pages=1)
        assert set(ids) <= reader.ids()

    def test_a_failed_poll_leaves_its_position_good(self, portal: Portal, reader: Reader) -> None:
        """Where the CRM fails in the middle, the last position still gives everything."""
        ids = portal.arrive(3)
        portal.wait(60)
        portal.fault("status", status=503)
        with pytest.raises(RetryableError):
            reader.poll()
        reader.poll()
        assert set(ids) <= reader.ids()

    def test_a_cut_connection_is_worth_another_try(self, portal: Portal, reader: Reader) -> None:
        """A connection that drops in a poll raises RetryableError, and nothing is lost."""
        ids = portal.arrive(2)
        portal.wait(60)
        portal.fault("drop_after")
        with pytest.raises(RetryableError):
            reader.poll()
        reader.poll()
        assert set(ids) <= reader.ids()

    def test_a_delete_is_seen(self, portal: Portal, reader: Reader) -> None:
        """A record that was deleted comes as a deleted one."""
        need(portal, Skill.SEES_DELETES)
        (identity,) = portal.arrive()
        portal.wait(60)
        reader.poll()
        portal.delete(identity)
        portal.wait(60)
        reader.poll()
        assert reader.last(identity).deleted

    def test_a_restored_record_is_seen(self, portal: Portal, reader: Reader) -> None:
        """A record taken out of the recycle bin is a live one again."""
        need(portal, Skill.RESTORE)
        (identity,) = portal.arrive()
        portal.delete(identity)
        portal.wait(60)
        reader.poll()
        portal.restore(identity)
        portal.wait(60)
        reader.poll()
        assert not reader.last(identity).deleted

    def test_a_merge_names_the_winner(self, portal: Portal, reader: Reader) -> None:
        """The losing record comes as deleted and points to the one that stays."""
        winner, loser = portal.arrive(2)
        portal.wait(60)
        reader.poll()
        united = portal.merge(winner, loser)
        portal.wait(60)
        reader.poll()
        record = reader.last(loser)
        assert record.deleted
        assert record.merged_into is not None
        assert united == record.merged_into.id
        assert not reader.last(united).deleted

    def test_a_fact_keeps_its_key(self, portal: Portal, reader: Reader) -> None:
        """What somebody did is one fact, whatever else changes on the record afterwards."""
        (identity,) = portal.arrive()
        portal.wait(60)
        reader.poll()
        known = set(reader.facts)
        portal.do(identity)
        portal.wait(60)
        reader.poll()
        told = set(reader.facts) - known
        assert 1 == len(told)
        portal.edit(identity, "Head of Freight")
        portal.wait(60)
        reader.poll()
        assert told == set(reader.facts) - known

    def test_a_fact_bears_the_instant_of_the_act(self, portal: Portal, reader: Reader) -> None:
        """A fact is dated when it happened, not when it was read."""
        (identity,) = portal.arrive()
        portal.wait(60)
        reader.poll()
        known = set(reader.facts)
        portal.do(identity)
        portal.wait(7200)
        reader.poll()
        (fact,) = (fact for key, fact in reader.facts.items() if key not in known)
        assert 7190 <= (reader.position.watermark - fact.at).total_seconds() <= 7210

    def test_fetching_nothing_costs_nothing(self, portal: Portal) -> None:
        """An empty fetch makes no call."""
        before = portal.connector.calls
        page = portal.connector.fetch([])
        assert ((), (), None) == (page.records, page.facts, page.checkpoint)
        assert before == portal.connector.calls

    def test_a_fetch_tells_who_is_gone(self, portal: Portal) -> None:
        """Of several records the missing ones come back as deleted, the others as they are."""
        there, gone = portal.arrive(2)
        portal.delete(gone)
        refs = [
            Ref(system=portal.connector.name, object_type=portal.person, id=each)
            for each in (there, gone)
        ]
        found = {each.ref: each for each in portal.connector.fetch(refs).records}
        assert [False, True] == [found[ref].deleted for ref in refs]

    def test_the_living_are_counted(self, portal: Portal) -> None:
        """Counted and listed are those who came and were not deleted, each in one span only."""
        made = portal.arrive(6)
        portal.delete(made[1])
        portal.wait(60)
        connector, kind = portal.connector, portal.person
        ids = sorted(made, key=lambda identity: (len(identity), identity))
        spans = [
            Span(object_type=kind, upto=ids[2]),
            Span(object_type=kind, after=ids[2], upto=ids[4]),
            Span(object_type=kind, after=ids[4]),
        ]
        listed = [sorted(connector.ids(span)) for span in spans]
        assert [len(each) for each in listed] == connector.count(spans)
        found = [identity for each in listed for identity in each]
        assert len(found) == len(set(found)) == connector.count([Span(object_type=kind)])[0]
        assert set(ids) - {made[1]} == set(ids) & set(found)
        assert ids[5] in listed[2]

    def test_a_population_is_those_who_show_its_stages(self, portal: Portal) -> None:
        """Shown are the living who show one of the stages asked for, each with its own."""
        made = portal.arrive(6)
        mqls = put_in_stage(portal, "MQL", made[:3])
        recycled = put_in_stage(portal, "RECYCLED", made[3:4])
        put_in_stage(portal, "ACTIVATION", made[4:5])
        portal.delete(made[2])
        portal.wait(60)
        found = portal.connector.population({"MQL", "RECYCLED"})
        expected = {mqls[0]: "MQL", mqls[1]: "MQL", recycled[0]: "RECYCLED"}
        assert (expected, frozenset()) == (dict(found.shown), found.hidden)
        assert {} == dict(portal.connector.population({"CUSTOMER"}).shown)

    def test_a_population_is_read_whole(self, portal: Portal) -> None:
        """More people of a stage than a page holds are all shown."""
        mqls = put_in_stage(portal, "MQL", portal.arrive(450))
        portal.wait(60)
        assert set(mqls) == set(portal.connector.population({"MQL"}).shown)

    def test_a_hidden_stage_is_named_and_says_nothing(self, portal: Portal) -> None:
        """Where the stage cannot be seen its type is named, and nobody is shown."""
        put_in_stage(portal, "MQL", portal.arrive(1))
        portal.wait(60)
        portal.hide_stage()
        found = portal.connector.population({"MQL"})
        assert portal.person in found.hidden
        assert {} == dict(found.shown)

    def test_owners_have_names(self, portal: Portal) -> None:
        """Every owner comes with an id, a name, and whether it is active."""
        pages = portal.connector.poll("owners", portal.connector.start("owners", BEGINNING))
        owners = [owner for page in pages for owner in page.owners]
        assert owners
        assert all(each.ref.object_type is ObjectType.OWNER and each.name for each in owners)

    def test_closing_twice_is_closing(self, portal: Portal) -> None:
        """A connector may be closed more than once."""
        portal.connector.close()
        portal.connector.close()

    def test_what_it_offers_differs_only_when_that_changes(self, portal: Portal) -> None:
        """Two looks give one fingerprint, whoever came in between; a right taken gives another."""
        first = portal.connector.offers()
        portal.arrive(2)
        portal.wait(60)
        assert first == portal.connector.offers()
        portal.hide_stage()
        assert first != portal.connector.offers()

    def test_a_crm_that_fails_again_and_again_is_left_alone(self, portal: Portal) -> None:
        """Five failures in a row, then nothing is sent until a wait is over; one answer ends it."""
        connector = portal.connector
        connector.ping()
        portal.fault("status", status=503, times=OPENS_AFTER)
        for _ in range(OPENS_AFTER):
            with pytest.raises(RetryableError):
                connector.ping()
        outage = connector.breaker.outage
        assert outage is not None
        assert (connector.name, OPENS_AFTER) == (outage.system, outage.failures)
        before = connector.calls
        with pytest.raises(Unavailable):
            connector.ping()
        assert before == connector.calls
        connector.breaker.tick(outage.until)
        connector.ping()
        assert connector.breaker.outage is None

    def test_a_refusal_is_an_answer(self, portal: Portal) -> None:
        """However often a CRM refuses, it is there; and an answer ends a row of failures."""
        connector = portal.connector
        for _ in range(OPENS_AFTER + 1):
            portal.fault("status", status=400)
            with pytest.raises(RejectedRecord):
                connector.ping()
        for _ in range(OPENS_AFTER):
            portal.fault("drop_before")
            with pytest.raises(RetryableError):
                connector.ping()
            connector.ping()
        assert connector.breaker.outage is None

    def test_it_knows_how_many_calls_of_the_day_are_used(self, portal: Portal) -> None:
        """The answers tell; two calls more are two more used, and knowing costs none."""
        connector = portal.connector
        connector.ping()
        first, calls = connector.budget, connector.calls
        for _ in range(2):
            connector.ping()
        second = connector.budget
        assert first is not None
        assert second is not None
        assert connector.calls - calls == second.used - first.used
        assert 0 < second.used < second.usable < second.limit
        assert second.rolling is (second.resets_at is None)
