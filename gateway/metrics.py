"""Numbers for Prometheus: how much, how fast, how often it failed. Never who, never which dossier.

The web processes and the worker count in files of one directory in memory; the worker answers for all of them at
DOSSIERPOORT_METRICS_BIND. Labels are a route as the code writes it, a method, a status, a kind of job: no ids or names.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from gateway.errors import GatewayError
from gateway.jobs import queue
from gateway.metrics_place import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from threading import Thread
    from wsgiref.simple_server import WSGIServer

    from prometheus_client.metrics_core import Metric

    from gateway.services import Services

METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
NO_ROUTE = "none"
JOB_OUTCOMES = ("done", "again", "given_up")

_REQUESTS = Counter("dossierpoort_requests", "Requests answered.", ["route", "method", "status"])
_REQUEST_SECONDS = Histogram(
    "dossierpoort_request_seconds", "Time to an answer.", ["route"], buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
)
_JOBS = Counter("dossierpoort_jobs", "Background jobs that ended.", ["kind", "outcome"])
_JOB_SECONDS = Histogram(
    "dossierpoort_job_seconds", "Time of a job that was done.", ["kind"], buckets=(0.1, 0.5, 1, 5, 15, 60, 300)
)


def count_request(*, route: str | None, method: str, status: int, seconds: float) -> None:
    """Count one answer. `route` is the rule, with its placeholders; what a visitor typed never becomes a label."""
    rule = route or NO_ROUTE
    _REQUESTS.labels(rule, method if method in METHODS else "other", str(status)).inc()
    _REQUEST_SECONDS.labels(rule).observe(seconds)


def count_job(*, kind: str, outcome: str, seconds: float) -> None:
    """Count one job; `outcome` is one of JOB_OUTCOMES."""
    _JOBS.labels(kind, outcome).inc()
    if outcome == "done":
        _JOB_SECONDS.labels(kind).observe(seconds)


class Now(Collector):
    """What stands in the database at the moment of asking: jobs by state, and whether the worker is late."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        """Two gauges; none when the database does not answer, so that an alarm on their absence works."""
        try:
            with self._services.db.reading() as session:
                counts = queue.counts(session)
                late = queue.is_late(session, self._services.clock())
        except GatewayError:
            return
        jobs = GaugeMetricFamily("dossierpoort_jobs_now", "Jobs by state.", labels=["state"])
        for state in ("queued", "running", "failed"):
            jobs.add_metric([state], counts.get(state, 0))
        yield jobs
        yield GaugeMetricFamily("dossierpoort_worker_late", "1 when the background work stands still.", value=int(late))


def registry(services: Services) -> CollectorRegistry:
    """Everything there is to tell: of all processes when they share a directory, else of this one."""
    found = CollectorRegistry()
    if os.environ.get(VARIABLE):
        MultiProcessCollector(found)  # type: ignore[no-untyped-call] # prometheus-client ships no type for it
    else:
        for metric in (_REQUESTS, _REQUEST_SECONDS, _JOBS, _JOB_SECONDS):
            found.register(metric)
    found.register(Now(services))
    return found


def serve(services: Services) -> tuple[WSGIServer, Thread] | None:
    """Answer at DOSSIERPOORT_METRICS_BIND in a thread of this process; None when it is not set.

    Raises:
        OSError: the address is taken.
    """
    bind = services.settings.metrics_bind
    if not bind:
        return None
    host, _, port = bind.rpartition(":")
    return start_http_server(int(port), host.strip("[]") or "127.0.0.1", registry(services))
