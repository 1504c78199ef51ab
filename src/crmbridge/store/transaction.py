"""One transaction over the store: every question and every change, by family."""

from __future__ import annotations

from crmbridge.store.agenda import AgendaQueries
from crmbridge.store.alerts import AlertQueries
from crmbridge.store.allowances import AllowanceQueries
from crmbridge.store.binding import BindingQueries
from crmbridge.store.colleagues import ColleagueQueries
from crmbridge.store.counting import CountingQueries
from crmbridge.store.erasing import ErasureQueries
from crmbridge.store.inbox import InboxQueries
from crmbridge.store.inventory import InventoryQueries
from crmbridge.store.journalling import JournalQueries
from crmbridge.store.leases import LeaseQueries
from crmbridge.store.lists import ListQueries
from crmbridge.store.merging import MergingQueries
from crmbridge.store.outages import OutageQueries
from crmbridge.store.outbox import OutboxQueries
from crmbridge.store.pausing import PauseQueries
from crmbridge.store.people import PeopleQueries
from crmbridge.store.pruning import PruningQueries
from crmbridge.store.pulse import PulseQueries
from crmbridge.store.reconciling import ReconcilingQueries
from crmbridge.store.records import RecordQueries
from crmbridge.store.reviewing import ReviewQueries
from crmbridge.store.rewinding import RewindQueries
from crmbridge.store.scoping import ScopingQueries
from crmbridge.store.shadowing import ShadowQueries
from crmbridge.store.surveying import SurveyQueries
from crmbridge.store.withholding import WithholdingQueries
from crmbridge.store.writes import WriteQueries


class Transaction(
    BindingQueries,
    InboxQueries,
    ErasureQueries,
    RecordQueries,
    InventoryQueries,
    PeopleQueries,
    ReviewQueries,
    MergingQueries,
    ColleagueQueries,
    ListQueries,
    AgendaQueries,
    ScopingQueries,
    ShadowQueries,
    RewindQueries,
    AllowanceQueries,
    OutageQueries,
    OutboxQueries,
    WriteQueries,
    PauseQueries,
    LeaseQueries,
    PruningQueries,
    WithholdingQueries,
    JournalQueries,
    CountingQueries,
    ReconcilingQueries,
    SurveyQueries,
    PulseQueries,
    AlertQueries,
):
    """Valid only inside the ``with`` block that gave it."""
