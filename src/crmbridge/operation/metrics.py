"""The numbers for Prometheus. No label tells of a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Summary, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from crmbridge.core.alerting import AlertKind
from crmbridge.core.operations import Lane
from crmbridge.engine.cycle import CycleReport
from crmbridge.operation.survey import Survey
from crmbridge.operation.view import Role, View

STEPS = ("reconcile", "apply", "poll", "decide", "keep")
STATES = ("waiting", "held", "parked")


class Metrics:
    """Counts what this process does, and shows what its ``view`` knows. Thread-safe."""

    def __init__(self, view: Callable[[], View], now: Callable[[], datetime]) -> None:
        # When each series began says nothing that the process's own start does not.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(_Gauges(view, now))
        self._cycles = self._counter("cycles", "Cycles by outcome.", "outcome")
        for outcome in ("finished", "failed"):
            self._cycles.labels(outcome)
        self._steps = Summary(
            "crmbridge_cycle_step_seconds",
            "Seconds of the steps of finished cycles.",
            ["step"],
            registry=self._registry,
        )
        for step in STEPS:
            self._steps.labels(step)
        self._calls = self._counter("api_calls", "API calls of finished cycles.", "system")
        self._writes = self._counter("writes", "Writes that a CRM acknowledged.", "system")
        self._read = self._counter("read", "What polls brought that was new.", "what")
        for what in ("records", "facts"):
            self._read.labels(what)
        self._decided = self._counter("decisions", "Decisions about a person.")
        self._moves = self._counter("moves", "Moves from a stage to another.")
        self._refused = self._counter("refused_writes", "Writes that a CRM refused.")
        self._retried = self._counter("retried_writes", "Writes that are tried again.")
        self._notices = self._counter("alerts_sent", "Alert messages.", "channel", "outcome")
        self._reloads = self._counter("reloads", "Changed settings.", "outcome")

    def _counter(self, name: str, help_text: str, *labels: str) -> Counter:
        return Counter(f"crmbridge_{name}", help_text, labels, registry=self._registry)

    def count(self, report: CycleReport) -> None:
        """A cycle finished."""
        self._cycles.labels("finished").inc()
        for step, seconds in report.steps.items():
            self._steps.labels(step).observe(seconds)
        for system, count in report.calls.items():
            self._calls.labels(system).inc(count)
        for system, count in report.writes.items():
            self._writes.labels(system).inc(count)
        self._read.labels("records").inc(report.records)
        self._read.labels("facts").inc(report.facts)
        self._decided.inc(report.persons)
        self._moves.inc(report.moves)
        self._refused.inc(report.parked)
        self._retried.inc(report.retried)

    def count_failure(self) -> None:
        """A cycle failed."""
        self._cycles.labels("failed").inc()

    def count_notice(self, channel: str, *, arrived: bool) -> None:
        """A message was sent, or could not be."""
        self._notices.labels(channel, "arrived" if arrived else "failed").inc()

    def count_reload(self, outcome: str) -> None:
        """Changed settings were ``used`` or ``refused``."""
        self._reloads.labels(outcome).inc()

    @property
    def registry(self) -> CollectorRegistry:
        """Everything."""
        return self._registry


def exposition(metrics: Mapping[str, Metrics], accepted: str) -> tuple[bytes, str]:
    """Everything of every bridge as text in the form that was asked for, and its content type.
    Each sample has the label ``bridge``."""
    encode, content_type = choose_encoder(accepted)
    together = CollectorRegistry(auto_describe=False)
    together.register(_Together(metrics))
    return encode(together), content_type


class _Together(Collector):
    """The same metrics of several bridges."""

    def __init__(self, metrics: Mapping[str, Metrics]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        """Each metric once, with the samples of all."""
        found: dict[str, Metric] = {}
        for bridge, metrics in self._metrics.items():
            for each in metrics.registry.collect():
                empty = Metric(each.name, each.documentation, each.type)
                found.setdefault(each.name, empty).samples += [
                    sample._replace(labels={"bridge": bridge, **sample.labels})
                    for sample in each.samples
                ]
        yield from found.values()


class _Gauges(Collector):
    """What is now, worked out anew for whoever asks."""

    def __init__(self, view: Callable[[], View], now: Callable[[], datetime]) -> None:
        self._view = view
        self._now = now

    def collect(self) -> Iterator[Metric]:
        """Every gauge, from one view."""
        view, now = self._view(), self._now()
        yield _gauge("build_info", "The version.", [((version("crmbridge"),), 1)], "version")
        yield _gauge(
            "leading",
            "1 where this process runs cycles, 0 where it stands by.",
            [((), float(view.role is Role.LEADER))],
        )
        yield from _cycle(view, now)
        if view.survey is not None:
            yield from _survey(view.survey, view)
        kinds = [alert.trouble.kind for alert in view.alerts]
        yield _gauge(
            "alerts_open",
            "Alerts that were raised and are not over.",
            [
                ((kind.value,), kinds.count(kind))
                for kind in AlertKind
                if kind not in (AlertKind.TEST, AlertKind.SLA_DIGEST)
            ],
            "kind",
        )


def _cycle(view: View, now: datetime) -> Iterator[Metric]:
    if view.finished_at is not None:
        yield _gauge(
            "last_cycle_timestamp_seconds",
            "When the last finished cycle ran.",
            [((), view.finished_at.timestamp())],
        )
        age = (now - view.finished_at).total_seconds()
        yield _gauge("last_cycle_age_seconds", "How long ago that was.", [((), age)])
        yield _gauge("last_cycle_seconds", "How long it took.", [((), view.last_seconds)])
        steps = [((name,), seconds) for name, seconds in view.last_steps.items()]
        yield _gauge("last_cycle_step_seconds", "How long its steps took.", steps, "step")
    yield _gauge("failures", "Cycles in a row that failed.", [((), view.failures)])
    yield _gauge(
        "shadow", "1 where nothing is written by decision.", [((), float(bool(view.shadow)))]
    )
    yield _gauge(
        "canary",
        "1 where something is written only about those in a scope.",
        [((), float(bool(view.scope)))],
    )


def _survey(survey: Survey, view: View) -> Iterator[Metric]:
    systems = view.systems
    yield _gauge(
        "read_lag_seconds",
        "How far behind the last cycle each stream is that every cycle reads.",
        [
            ((system, stream), max(0.0, (survey.at - at).total_seconds()))
            for (system, stream), at in sorted(survey.watermarks.items())
            if (system, stream) in view.hot
        ],
        "system",
        "stream",
    )
    yield from _budget(survey)
    yield _gauge(
        "outbox_writes",
        "Writes that are not settled.",
        [
            ((state, lane.value), survey.outbox.get((state, lane), 0))
            for state in STATES
            for lane in Lane
        ],
        "state",
        "lane",
    )
    yield _gauge("open_reviews", "Questions that wait for a person.", [((), survey.reviews)])
    people = [((stage,), count) for stage, count in survey.counts.people.items()]
    yield _gauge("people", "People by stage.", people, "stage")
    waiting = [((status.lower(),), count) for status, count in survey.sla_waiting.items()]
    yield _gauge(
        "sla_waiting",
        "People to whom sales owes the first touch: in time (open) or late (breached).",
        waiting,
        "status",
    )
    promises = [((status.lower(),), count) for status, count in survey.counts.promises.items()]
    yield _gauge(
        "sla_promises", "Promises of a first touch so far, by outcome.", promises, "status"
    )
    down = {each.system for each in survey.outages}
    yield _gauge(
        "outage",
        "1 where the CRM does not answer and is left alone.",
        [((system,), float(system in down)) for system in sorted({*systems, *down})],
        "system",
    )
    paused = [((scope,), 1.0) for scope in survey.pauses]
    yield _gauge("paused", "Where an operator has told to write nothing.", paused, "scope")
    if survey.reconciliation is not None:
        differences = sum(sum(t.causes.values()) for t in survey.reconciliation.tallies)
        yield _gauge(
            "reconciliation_differences",
            "Differences between the CRMs in the last comparison.",
            [((), differences)],
        )
        at = survey.reconciliation.at.timestamp()
        yield _gauge("reconciliation_timestamp_seconds", "When that was.", [((), at)])
    yield _gauge("store_bytes", "Size of the store.", [((), survey.size.size)])
    if survey.size.free is not None:
        free = [((), survey.size.free)]
        yield _gauge("store_free_bytes", "Of that, room to be used again.", free)


def _budget(survey: Survey) -> Iterator[Metric]:
    known = survey.forecasts
    for name, help_text, value in (
        ("limit", "API calls of a day that the CRM allows to all.", "limit"),
        ("used", "API calls of the day that are used, by all.", "used"),
        ("usable", "Up to how many used ones crmbridge goes on.", "usable"),
    ):
        samples = [((each.system,), float(getattr(each.allowance, value))) for each in known]
        yield _gauge(f"api_day_{name}", help_text, samples, "system")
    pace = [((each.system,), each.per_hour) for each in known if each.per_hour is not None]
    yield _gauge("api_calls_per_hour", "The pace of the last six hours.", pace, "system")
    ends = [((e.system,), e.runs_out_at.timestamp()) for e in known if e.runs_out_at is not None]
    yield _gauge(
        "api_day_runs_out_timestamp_seconds",
        "When the calls run out at this pace; absent where they last.",
        ends,
        "system",
    )


def _gauge(
    name: str, help_text: str, samples: Sequence[tuple[tuple[str, ...], float]], *labels: str
) -> Metric:
    family = GaugeMetricFamily(f"crmbridge_{name}", help_text, labels=labels)
    for values, value in samples:
        family.add_metric(list(values), float(value))
    return family
