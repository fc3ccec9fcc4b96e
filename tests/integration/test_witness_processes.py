"""Two gateways in processes of their own, each with its database and keys, over TLS: one log, one witness.

The log is an installation on SQLite in this process; the witness is gunicorn on PostgreSQL with a certificate of an
authority made for this run. Source: issue 5 (witnesses), c2sp.org/tlog-witness.
"""

from __future__ import annotations

import contextlib
import shutil
import signal
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.client import HTTPSConnection
from typing import TYPE_CHECKING, Any

import psutil
import pytest
import sqlalchemy as sa
from sqlalchemy import select

from audit import checkpoint, cosignatures, witness
from audit.log import events
from audit.note import open_checkpoint
from audit.tables import cosignature as cosignature_table
from gateway.accounts.tables import Account
from gateway.app import create_app
from gateway.context import Role
from gateway.errors import InvalidInputError, NotFoundError
from gateway.log_check import check
from gateway.logbook import LOG_ID, own_keys, witness_signer
from gateway.notices.tables import Notice
from gateway.outside import keep_up
from gateway.recording import Action, record
from gateway.witness import asking, usecases
from gateway.witness.queries import witness_keys
from gateway.witness.standing import standing
from tests import builders, personas
from tests.builders import Clock, demo_installation
from tests.personas import visitor
from tests.portal import ROOT, environment
from tests.services import processes
from tests.services.s3 import make_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.services import Services


@dataclass
class WitnessProcess:
    """The partner's gateway, which can be stopped and started again on the same address."""

    services: Services
    port: int
    certificates: Path
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "gateway.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
        command += ["--certfile", str(self.certificates / "server.pem"), "--keyfile"]
        command += [str(self.certificates / "server.key"), "--threads", "4", "--worker-tmp-dir", "/dev/shm"]
        command += ["--no-control-socket", "--log-level", "warning", "--graceful-timeout", "2"]
        log = self.certificates / "witness.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment(self.services.settings), stdout=output, stderr=output
            )
        end = time.monotonic() + 60
        while self.process.poll() is None and time.monotonic() < end:
            with contextlib.suppress(OSError):
                if self.ask("GET", "/healthz").status == 200:
                    return
            time.sleep(0.1)
        raise RuntimeError(log.read_text()[-2000:])

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None

    def kill(self) -> None:
        """End it without a word, its workers too."""
        assert self.process is not None
        family = psutil.Process(self.process.pid)
        for one in [*family.children(recursive=True), family]:
            one.kill()
        self.process.wait()
        self.process = None

    def ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        """A plain request over TLS, as any log could make it."""
        trusted = ssl.create_default_context(cafile=str(self.certificates / "ca.pem"))
        line = HTTPSConnection("localhost", self.port, timeout=30, context=trusted)
        try:
            line.request(method, path, body=body)
            answer = line.getresponse()
            answer.text = answer.read().decode()  # type: ignore[attr-defined] # read before the line closes
            return answer
        finally:
            line.close()

    def add(self, body: bytes) -> Any:
        return self.ask("POST", "/getuige/add-checkpoint", body)


@dataclass
class Pair:
    """The log and its witness."""

    log: Services
    clock: Clock
    partner: WitnessProcess

    def act(self, count: int = 1) -> None:
        """Something happens, and comes under a checkpoint; the witness is not asked."""
        with self.log.db.writing() as session:
            for _ in range(count):
                record(session, self.log.vault, builders.context(self.log, personas.SWV), Action.SEARCH)
        worker = builders.Worker(self.log)
        worker._sequence()
        with self.log.db.writing() as session:
            from gateway.logbook import signers

            checkpoint.make(session.connection(), LOG_ID, signers=signers(self.log.vault.keyring), now=self.clock())

    @property
    def newest(self) -> checkpoint.StoredCheckpoint:
        with self.log.db.reading() as session:
            found = checkpoint.latest(session.connection(), LOG_ID)
            assert found is not None
            return found

    def ask(self) -> asking.Asked:
        (asked,) = asking.ask_all(self.log)
        return asked

    def request(self, old: int) -> bytes:
        with self.log.db.reading() as session:
            stored = self.newest
            return witness.make_request(session.connection(), LOG_ID, stored.note, stored.size, old).body

    def how(self) -> list[str]:
        officer = builders.context(self.log, personas.OFFICER)
        return [line.how for line in standing(self.log, officer).witnesses]


def register(services: Services, side: str, key: str, url: str = "", *, confirm: bool = True) -> str:
    """An administrator registers a partner, the contact person confirms it."""
    administrator = builders.context(services, personas.ADMINISTRATOR)
    tenant = administrator.person.tenant_id
    made = usecases.register(services, administrator, tenant_id=tenant, side=side, name="Partner", url=url, key=key)
    if confirm:
        confirm_it(services, made, key)
    return made


def confirm_it(services: Services, party_id: str, key: str) -> None:
    from audit.note import VerifierKey

    contact = builders.context(services, personas.CONTACT_PERSON)
    usecases.confirm(services, contact, party_id, VerifierKey.parse(key).fingerprint.lower())


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, postgres_server: Any) -> Iterator[Pair]:
    root = tmp_path_factory.mktemp("witness")
    (root / "tls").mkdir()
    make_certificates(root / "tls")
    port, name, clock = processes.free_port(), "witness_partner", Clock()
    url = postgres_server.fresh_database(name)
    ours = demo_installation(
        root / "log", clock=clock, witness_ca_bundle=str(root / "tls" / "ca.pem"), witness_private_networks=True
    )
    theirs = demo_installation(root / "partner", database_url=url, base_url=f"https://localhost:{port}")
    with ours as log, theirs as other:
        partner = WitnessProcess(other, port, root / "tls")
        partner.start()
        try:
            pair = Pair(log, clock, partner)
            pair.act(5)
            yield pair
        finally:
            partner.stop()
            other.db.dispose()
    postgres_server.drop_database(name)


# The tests of this module tell one story, in this order.


def test_a_log_that_the_witness_does_not_know_yet_waits_and_goes_on(pair):
    key = str(witness_signer(pair.partner.services.vault.keyring).key)
    register(pair.log, "witness", key, f"https://localhost:{pair.partner.port}/getuige/")
    assert pair.ask().trouble == "unknown"
    assert pair.partner.add(pair.request(0)).status == 404
    log_key = str(own_keys(pair.log.vault.keyring)[0])
    party = register(pair.partner.services, "log", log_key, confirm=False)
    assert pair.ask().trouble == "unknown", "one person is not enough"
    confirm_it(pair.partner.services, party, log_key)
    asked = pair.ask()
    assert (asked.trouble, pair.how()) == ("", ["confirmed"])


def test_a_receipt_can_show_the_cosignature_with_its_time(pair):
    with pair.log.db.reading() as session:
        expected = witness_keys(session)
        covering = cosignatures.covering(session.connection(), LOG_ID, 0, expected=expected)
    assert (covering.confirmed, covering.unconfirmed) == (expected, ())
    _, note = open_checkpoint(covering.note, key=own_keys(pair.log.vault.keyring)[0], others=expected)
    (at,) = [each.at for each in note.signatures if each.key == expected[0]]
    assert abs(at - datetime.now(UTC)) < timedelta(minutes=5)


def test_a_stale_size_is_answered_with_409_and_the_log_tries_again_from_there(pair):
    signed = pair.newest.size
    pair.act()
    answer = pair.partner.add(pair.request(0))
    assert (answer.status, answer.getheader("Content-Type"), answer.text) == (409, "text/x.tlog.size", f"{signed}\n")
    with pair.log.db.writing() as session:
        session.execute(sa.delete(cosignature_table))  # the log forgot how far the witness was
    assert pair.ask().trouble == ""
    assert pair.how() == ["confirmed"]


def test_a_bad_proof_is_refused_and_kept_by_the_witness(pair):
    signed = pair.newest.size
    pair.act(3)
    body = pair.request(signed)
    first, second = body.split(b"\n")[1:3]
    assert pair.partner.add(body.replace(first, second, 1)).status == 422
    assert pair.partner.add(b"old 0\n\nnonsense\n").status == 404
    assert pair.partner.add(b"nonsense").status == 400
    assert pair.partner.add(b"x" * 30_000).status == 413
    theirs = builders.context(pair.partner.services, personas.OFFICER)
    (line,) = standing(pair.partner.services, theirs).logs
    assert (line.size, line.evidence) == (signed, "proof")


def test_a_witness_that_was_killed_and_started_again_remembers_what_it_signed(pair):
    pair.partner.kill()
    pair.partner.start()
    assert pair.partner.add(pair.request(0)).status == 409
    assert pair.ask().trouble == ""


def test_a_witness_that_is_down_for_an_hour_holds_up_nothing_and_is_caught_up(pair):
    pair.partner.stop()
    signed, before = pair.newest.size, len(attempts(pair))
    for _ in range(12):
        pair.act()
        pair.clock.forward(minutes=5)
        keep_up(pair.log, pair.clock())
    assert pair.newest.size >= signed + 12
    assert pair.how() == ["behind"]
    assert "niet bevestigd" in page(pair, personas.OFFICER, "/logboek")
    assert "antwoordt niet" in page(pair, personas.ADMINISTRATOR, "/inrichting/getuigen")
    with pair.log.db.reading() as session:
        expected = witness_keys(session)
        old = cosignatures.covering(session.connection(), LOG_ID, 0, expected=expected)
        new = cosignatures.covering(session.connection(), LOG_ID, pair.newest.size - 1, expected=expected)
    assert (old.unconfirmed, new.unconfirmed, new.size) == ((), expected, pair.newest.size)
    assert len(attempts(pair)) == before, "that nobody answers is no event: it would make the log longer each minute"
    pair.partner.start()
    keep_up(pair.log, pair.clock())
    assert pair.how() == ["behind"], "it is asked ever less often"
    pair.clock.forward(minutes=15)
    keep_up(pair.log, pair.clock())
    assert pair.how() == ["confirmed"]
    assert "Alle getuigen bevestigden" in page(pair, personas.OFFICER, "/logboek")


def attempts(pair):
    with pair.log.db.reading() as session:
        rows = events(session.connection(), action=Action.CHECK, limit=500).rows
        return [row for row in rows if row.object_type == "log"]


def page(pair, email, path):
    return visitor(create_app(pair.log), email).get(path).get_data(as_text=True)


def with_settings(pair, **changes):
    return replace(pair.log, settings=replace(pair.log.settings, **changes))


def test_a_witness_is_called_only_at_a_trusted_certificate_and_an_allowed_address(pair):
    (stranger,) = asking.ask_all(with_settings(pair, witness_ca_bundle=""))
    (private,) = asking.ask_all(with_settings(pair, witness_private_networks=False))
    assert (stranger.trouble, private.trouble) == ("certificate", "address")
    assert pair.ask().trouble == ""


def test_a_database_and_checkpoints_that_were_set_back_together_are_found_by_the_witness(pair):
    file = pair.log.db.url.database
    pair.log.db.dispose()
    shutil.copyfile(file, f"{file}.old")
    kept = pair.newest.size
    pair.act(4)
    assert pair.ask().trouble == ""
    assert check(pair.log).report.ok
    signed = pair.newest.size
    set_back(pair)
    alone = check(pair.log, offline=True).report
    assert (alone.ok, alone.size >= kept) == (True, True), "by itself it looks whole"
    run = subprocess.run(
        [sys.executable, "-m", "gateway", "audit", "verify"],
        cwd=ROOT,
        env=environment(pair.log.settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 1, run.stdout + run.stderr
    assert f"FOUND witness Partner: confirmed {signed} leaves, the log's newest checkpoint has {kept}" in run.stdout
    assert f"leaves {kept} to {signed - 1} are gone" in run.stdout
    assert "CONTRADICTS" in run.stdout
    assert pair.how() == ["contradicted"]


def set_back(pair):
    file = pair.log.db.url.database
    pair.log.db.dispose()
    for end in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            (pair.log.settings.data_dir / f"dossierpoort.sqlite3{end}").unlink()
    shutil.copyfile(f"{file}.old", file)


def test_a_log_that_grew_again_in_another_way_is_refused_and_people_are_told(pair):
    set_back(pair)
    pair.act(4)  # as many as were taken away
    assert pair.ask().trouble == "fork"
    pair.act(3)
    assert pair.ask().trouble == "proof"
    finding = check(pair.log).report.findings[-1]
    assert (finding.code, finding.place) == ("root-changed", "witness Partner")
    with pair.log.db.reading() as session:
        told = session.scalars(select(Notice.account_id).where(Notice.kind == "log_contradicted")).all()
        these = Account.active & Account.role.in_((Role.PRIVACY_OFFICER, Role.ADMINISTRATOR))
        people = session.scalars(select(Account.id).where(these)).all()
    assert len(people) >= 2
    assert sorted(told) == sorted(people), "each of them once"
    assert [(row.outcome, row.object_type) for row in attempts(pair)] == [("failed", "log")]
    assert "tegengesproken" in page(pair, personas.OFFICER, "/logboek")
    theirs = builders.context(pair.partner.services, personas.OFFICER)
    (line,) = standing(pair.partner.services, theirs).logs
    assert (line.how, line.evidence) == ("contradicted", "fork")
    assert "twee verschillende geschiedenissen" in visitor(
        create_app(pair.partner.services), personas.ADMINISTRATOR
    ).get("/inrichting/getuigen").get_data(as_text=True)


def test_who_ends_a_witness_is_no_longer_confirmed_by_it(pair):
    administrator = builders.context(pair.log, personas.ADMINISTRATOR)
    (line,) = standing(pair.log, administrator).witnesses
    with pytest.raises(NotFoundError):
        usecases.end(pair.log, builders.context(pair.log, personas.OFFICER), line.id)
    usecases.end(pair.log, administrator, line.id)
    assert (asking.ask_all(pair.log), pair.how()) == ([], ["ended"])
    with pytest.raises(InvalidInputError, match="eigen sleutel"):
        register(pair.log, "log", str(own_keys(pair.log.vault.keyring)[0]))
