"""What was counted, in the words of Prometheus.

Law: labels come from fixed sets (operation, status, kind of work, chore, days); no organization, connection, user or
address is ever one, so that the number of series stays small and nothing about a customer leaves by this door.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from muster import __version__
from muster.directory.measure import ChoreMeasures, Histogram, Measures, RequestMeasures, StoreMeasures
from muster.directory.records import CENSUS_DAYS, Census

Family = CounterMetricFamily | GaugeMetricFamily | HistogramMetricFamily


class Counted(Collector):
    """The families of one scrape; `census` is None when the database did not answer."""

    def __init__(self, measures: Measures, census: Census | None, *, draining: bool) -> None:
        self._measures = measures
        self._census = census
        self._draining = draining

    def collect(self) -> Iterator[Family]:
        """Return every family."""
        build = GaugeMetricFamily("muster_build_info", "The program; always 1.", labels=["version"])
        build.add_metric([__version__], 1)
        yield build
        yield _gauge("muster_draining", "1 once the server was asked to end.", self._draining)
        yield _gauge("muster_database_up", "1 if the database answered.", self._census is not None)
        yield from _answers(self._measures.requests)
        yield from _database(self._measures.store)
        yield _chores(self._measures.chores)
        if self._census is not None:
            yield from _holdings(self._census)


def exposition(counted: Counted, *, process: bool) -> bytes:
    """Return the text of a scrape: our families, and with `process` what the system says of this one."""
    collectors = CollectorRegistry(auto_describe=False)
    if process:
        ProcessCollector("", lambda: "self", "/proc", collectors)
    collectors.register(counted)
    return generate_latest(collectors)


def _answers(requests: RequestMeasures) -> Iterator[Family]:
    answered = CounterMetricFamily(
        "muster_requests", "SCIM requests answered.", labels=["operation", "status"]
    )
    for (operation, status), count in requests.answered.items():
        answered.add_metric([operation, str(status)], count)
    yield answered
    seconds = HistogramMetricFamily(
        "muster_request_seconds", "From a request's first byte here to its answer.", labels=["operation"]
    )
    for operation, histogram in requests.seconds.items():
        _add(seconds, [operation], histogram)
    yield seconds


def _database(store: StoreMeasures) -> Iterator[Family]:
    statements = CounterMetricFamily("muster_database_statements", "Statements run.", labels=["work"])
    for work, count in store.statements.items():
        statements.add_metric([work], count)
    yield statements
    seconds = HistogramMetricFamily(
        "muster_database_seconds",
        "Look-ups (read), long reads with their waiting (query), operations until committed (write).",
        labels=["work"],
    )
    for name, histogram in store.seconds.items():
        _add(seconds, [name], histogram)
    yield seconds
    batches = HistogramMetricFamily("muster_commit_operations", "Operations that shared one commit.")
    _add(batches, [], store.batches)
    yield batches
    yield _counter(
        "muster_commit_batches_undone",
        "Batches that PostgreSQL refused as one; each operation was then done by itself.",
        store.undone,
    )
    yield _counter(
        "muster_log_entries_dropped", "Request log entries not kept, too many at once.", store.dropped
    )


def _chores(chores: ChoreMeasures) -> Family:
    rounds = CounterMetricFamily("muster_chores", "Chores done here.", labels=["chore", "outcome"])
    for (chore, outcome), count in chores.rounds.items():
        rounds.add_metric([chore, outcome], count)
    return rounds


def _holdings(census: Census) -> Iterator[Family]:
    yield _counter("muster_changes", "Changes ever committed to this database.", census.changes)
    yield _gauge("muster_organizations", "Organizations.", census.organizations)
    yield _gauge("muster_connections", "Connections.", census.connections)
    yield _gauge("muster_users", "Users.", census.users)
    yield _gauge("muster_groups", "Groups.", census.groups)
    expiring = GaugeMetricFamily(
        "muster_credentials_expiring", "Live credentials that expire within so many days.", labels=["days"]
    )
    for days, count in zip(CENSUS_DAYS, census.expiring, strict=True):
        expiring.add_metric([str(days)], count)
    yield expiring
    yield _gauge("muster_alerts_open", "Alerts that nobody has decided.", census.alerts)


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, help_text, value=value)


def _counter(name: str, help_text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(name, help_text, value=value)


def _add(family: HistogramMetricFamily, labels: list[str], histogram: Histogram) -> None:
    """Add a histogram with the counts summed up, as Prometheus wants them."""
    buckets: list[tuple[str, float]] = []
    total = 0
    for bound, count in zip([*map(str, histogram.bounds), "+Inf"], histogram.counts, strict=True):
        total += count
        buckets.append((bound, total))
    family.add_metric(labels, buckets=buckets, sum_value=histogram.total)
