"""Secrets and configuration: nothing of memory is written down, and the doctor names what is weak (issue 6)."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date

import pytest

from gateway import doctor_secrets, hardening
from tests import builders
from tests.portal import ROOT, environment, serve

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    with builders.demo_installation(tmp_path_factory.mktemp("secrets"), base_url="http://127.0.0.1") as built:
        yield built


def test_the_processes_that_hold_keys_leave_no_core_dump(services):
    with serve(services.settings) as portal:
        for worker in portal.workers():
            assert worker.rlimit(4) == (0, 0), "RLIMIT_CORE"
    script = "from gateway import hardening; print(hardening.dumpable()); hardening.no_core_dumps(); print(hardening.dumpable())"
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert run.stdout.split()[-1] == "False"


def test_what_a_serving_process_starts_inherits_no_secret(services):
    script = (
        "import gateway.wsgi, os, subprocess, sys; print('dumpable', gateway.wsgi.hardening.dumpable()); "
        "print(subprocess.run([sys.executable, '-c', 'import os; print(dict(os.environ))'], capture_output=True, text=True).stdout)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment(services.settings), capture_output=True, text=True, check=True
    )  # fmt: skip
    assert "dumpable False" in run.stdout
    assert "DOSSIERPOORT_BASE_URL" in run.stdout
    for secret in (services.settings.root_secret, services.settings.cookie_secret):
        assert secret not in run.stdout
    given = {"DOSSIERPOORT_ROOT_SECRET": "x", "DOSSIERPOORT_SMTP_PASSWORD": "x", "DOSSIERPOORT_BASE_URL": "y"}
    hardening.forget_secrets(given)
    assert given == {"DOSSIERPOORT_BASE_URL": "y"}


def test_secrets_that_others_can_read_or_guess_are_named(services, tmp_path):
    file = tmp_path / "secret"
    file.write_text(services.settings.root_secret)
    file.chmod(0o600)
    named = {"DOSSIERPOORT_ROOT_SECRET_FILE": str(file)}
    real = replace(services.settings, demo=False)
    assert doctor_secrets.look_at_secrets(real, named)[0] == "good"
    file.chmod(0o640)
    assert "chmod 600" in doctor_secrets.look_at_secrets(real, named)[1]
    assert "inherit" in doctor_secrets.look_at_secrets(real, {"DOSSIERPOORT_ROOT_SECRET": "x"})[1]
    assert "guess" in doctor_secrets.look_at_secrets(replace(real, cookie_secret="ab" * 32), {})[1]
    assert doctor_secrets.look_at_secrets(replace(real, cookie_secret=real.root_secret), {})[0] == "bad"


@pytest.mark.parametrize(("changes", "said"), [
    ({"session_hours": 100}, "sessions last"), ({"session_idle_minutes": 600}, "sessions last"),
    ({"smtp_host": "mail.example", "smtp_starttls": False}, "without TLS"),
    ({"trusted_proxies": 1, "proxy_networks": "0.0.0.0/0"}, "strangers"), ({"security_contact": ""}, "whom to tell"),
    ({"security_expires": "2026-12-01"}, "within a month"), ({"log_level": "DEBUG"}, "DEBUG"),
])  # fmt: skip
def test_a_setting_that_is_weaker_than_it_need_be_is_named(services, changes, said):
    assert doctor_secrets.look_at_strength(services.settings, TODAY)[0] == "good"
    state, text = doctor_secrets.look_at_strength(replace(services.settings, **changes), TODAY)
    assert state == "warn"
    assert said in text
