"""Metrics count what happens, under labels that name nobody, on an address of their own."""

import json
import os
import subprocess
import sys
import urllib.request
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway import metrics, metrics_place
from gateway.app import create_app
from gateway.context import Context
from gateway.errors import UnavailableError
from gateway.jobs import queue
from gateway.worker import run_job
from tests.builders import installation
from tests.services.processes import free_port

ROOT = Path(__file__).resolve().parents[2]
LINK = "/<any('uitnodiging','nieuw-wachtwoord'):what>/<token>"  # as the code writes it


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    with installation(tmp_path_factory.mktemp("metrics"), metrics_bind=f"127.0.0.1:{free_port()}") as built:
        yield built


def samples(services, name):
    """Each sample of a metric as (labels, value)."""
    return [
        (sample.labels, sample.value)
        for family in metrics.registry(services).collect()
        for sample in family.samples
        if sample.name == name
    ]


def value(services, name, **labels):
    return sum(number for found, number in samples(services, name) if labels.items() <= found.items())


def test_a_request_counts_under_its_rule_and_not_under_what_was_typed(services):
    client = create_app(services).test_client()
    secret = "0123456789abcdef" * 2
    before = value(services, "dossierpoort_requests_total", route=LINK)
    client.get(f"/uitnodiging/{secret}")
    client.get(f"/{secret}")
    assert value(services, "dossierpoort_requests_total", route=LINK) == before + 1
    assert value(services, "dossierpoort_requests_total", route="none", status="404") >= 1
    assert value(services, "dossierpoort_request_seconds_count", route=LINK) >= 1
    told = str(
        [(labels, number) for name in ("dossierpoort_requests_total",) for labels, number in samples(services, name)]
    )
    assert secret not in told


def test_an_invented_method_makes_no_label(services):
    create_app(services).test_client().open("/healthz", method="X" * 40)
    assert value(services, "dossierpoort_requests_total", method="other") >= 1
    assert not [labels for labels, _ in samples(services, "dossierpoort_requests_total") if "XX" in labels["method"]]


def test_jobs_count_by_kind_and_outcome(services, monkeypatch):
    def run(act):
        monkeypatch.setattr("gateway.worker.handlers", lambda _services: {"erase": act})
        with services.db.writing() as session:
            queue.enqueue(session, kind="erase", ref="x", now=services.clock())
        with services.db.reading() as session:
            (job,) = queue.due(session, services.clock())
        run_job(services, job.id)

    def fails(_context: Context, _ref: str) -> None:
        raise UnavailableError("away")

    done = value(services, "dossierpoort_jobs_total", kind="erase", outcome="done")
    again = value(services, "dossierpoort_jobs_total", kind="erase", outcome="again")
    run(lambda _context, _ref: None)
    run(fails)
    assert value(services, "dossierpoort_jobs_total", kind="erase", outcome="done") == done + 1
    assert value(services, "dossierpoort_jobs_total", kind="erase", outcome="again") == again + 1
    assert value(services, "dossierpoort_jobs_now", state="queued") == 1


def test_a_worker_that_never_beat_is_late(services):
    assert value(services, "dossierpoort_worker_late") == 1


def test_the_numbers_come_from_their_own_address(services):
    server, thread = metrics.serve(services)
    try:
        with urllib.request.urlopen(f"http://{services.settings.metrics_bind}/metrics", timeout=10) as answer:
            text = answer.read().decode()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    names = {family.name for family in text_string_to_metric_families(text)}
    assert {"dossierpoort_requests", "dossierpoort_jobs", "dossierpoort_worker_late"} <= names


def test_the_portal_itself_has_no_metrics_page(services):
    assert create_app(services).test_client().get("/metrics").status_code == 404


def test_without_an_address_there_is_no_server(services):
    assert metrics.serve(replace(services, settings=replace(services.settings, metrics_bind=""))) is None


def test_without_an_address_no_place_is_made(services, monkeypatch, tmp_path):
    monkeypatch.delenv(metrics_place.VARIABLE, raising=False)
    settings = replace(services.settings, metrics_bind="", scratch=tmp_path / "scratch")
    assert metrics_place.prepare(settings) is None
    assert list(tmp_path.iterdir()) == []


def test_numbers_of_dead_processes_are_dropped_at_the_start(services, monkeypatch, tmp_path):
    monkeypatch.delenv(metrics_place.VARIABLE, raising=False)
    place = tmp_path / "scratch-metrics"
    place.mkdir()
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    (place / f"counter_{int(dead.stdout)}.db").touch()
    (place / f"counter_{os.getpid()}.db").touch()
    monkeypatch.setattr(os, "environ", dict(os.environ))
    assert metrics_place.prepare(replace(services.settings, scratch=tmp_path / "scratch")) == place
    assert [path.name for path in place.iterdir()] == [f"counter_{os.getpid()}.db"]


COUNTS = """
import sys
from gateway import metrics
metrics.count_request(route="/healthz", method="GET", status=200, seconds=0.1)
"""
TELLS = """
import json
from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector
found = CollectorRegistry()
MultiProcessCollector(found)
print(json.dumps({s.name: s.value for f in found.collect() for s in f.samples if s.name.endswith("requests_total")}))
"""


def test_processes_count_together(tmp_path):
    environment = {**os.environ, metrics_place.VARIABLE: str(tmp_path)}
    for _ in range(2):
        subprocess.run([sys.executable, "-c", COUNTS], env=environment, cwd=ROOT, check=True)
    said = subprocess.run([sys.executable, "-c", TELLS], env=environment, cwd=ROOT, check=True, capture_output=True)
    assert json.loads(said.stdout) == {"dossierpoort_requests_total": 2.0}
