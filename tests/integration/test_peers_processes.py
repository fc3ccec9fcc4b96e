"""Two installations with servers, workers, databases and keys of their own: messages over TLS, and one killed half-way.

One end runs on SQLite, the other on PostgreSQL, both behind TLS with certificates of an authority made for this run.
Source: issue 8 (two gateways, not one).
"""

from __future__ import annotations

import contextlib
import hashlib
import signal
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from datetime import timedelta
from http.client import HTTPSConnection
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import select

from audit.log import events, open_payload
from gateway.destruction import executing, run
from gateway.destruction.tables import LineAsk, LineAsked
from gateway.erasure.tables import Destruction
from gateway.errors import NotFoundError
from gateway.jobs.tables import Job
from gateway.peers import handlers, usecases
from gateway.peers.tables import PeerAttachment, PeerLink, PeerMessage, PeerThread
from gateway.recording import Action, LogSealer
from gateway.second_opinion import acting, advising, delivering, mirror, storing, views
from gateway.second_opinion.tables import SecondOpinionCase
from gateway.services import utc_now
from tests import builders, peer_worker, peering, rendered, second_opinions
from tests.builders import demo_installation
from tests.portal import ROOT, environment
from tests.services import processes
from tests.services.s3 import make_certificates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from gateway.services import Services

PATIENCE = 90


@dataclass
class End:
    """One installation: its web server and its worker, which can be killed and started again."""

    services: Services
    port: int
    certificates: Path
    side: peering.Side = field(init=False)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, slow: str = "") -> None:
        command = [sys.executable, "-m", "tests.peer_worker"]
        if name == "web":
            command = [sys.executable, "-m", "gunicorn", "gateway.wsgi:application", "--bind", f"127.0.0.1:{self.port}"]
            command += ["--certfile", str(self.certificates / "server.pem")]
            command += ["--keyfile", str(self.certificates / "server.key"), "--threads", "4", "--no-control-socket"]
            command += ["--worker-tmp-dir", "/dev/shm", "--log-level", "warning", "--graceful-timeout", "2"]
        more = {peer_worker.SLOW: slow} if slow else {}
        log = self.services.settings.data_dir / f"{name}.log"
        with log.open("ab") as output:
            self.running[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**environment(self.services.settings), **more},
                stdout=output,
                stderr=output,
            )

    def await_web(self) -> None:
        end = time.monotonic() + 60
        trusted = ssl.create_default_context(cafile=str(self.certificates / "ca.pem"))
        while time.monotonic() < end:
            with contextlib.suppress(OSError):
                line = HTTPSConnection("localhost", self.port, timeout=5, context=trusted)
                line.request("GET", "/healthz")
                if line.getresponse().status == 200:
                    line.close()
                    return
            time.sleep(0.1)
        raise RuntimeError((self.services.settings.data_dir / "web.log").read_text()[-2000:])

    def kill(self, name: str) -> None:
        """End it without a word, its children too."""
        family = psutil.Process(self.running[name].pid)
        for one in [*family.children(recursive=True), family]:
            one.kill()
        self.running.pop(name).wait()

    def stop(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.running.clear()

    def send(self, number: int, *attachments: str) -> str:
        context = self.side.context(self.side.contact)
        with self.services.db.writing() as session:
            sent = usecases.send(
                self.services,
                session,
                context,
                self.side.partner_id,
                kind="test.act",
                thread="zaak",
                body={"nummer": number, "naam": "Jip"},
                attachments=attachments,
            )
        assert sent
        return sent

    def states(self) -> list[str]:
        with self.services.db.reading() as session:
            found = usecases.deliveries(self.services, session, self.side.partner_id, "zaak")
            return [each.state for each in found]

    def applied(self) -> list[dict[str, Any]]:
        """What was applied here, in the order of the log."""
        with self.services.db.reading() as session:
            rows = events(session.connection(), action=(Action.REVIEW,), limit=200).rows
            found = []
            for row in reversed([row for row in rows if row.object_type == "test_applied"]):
                sealer = LogSealer(session, self.services.vault, organisation_id=self.side.tenant_id, year=row.at.year)
                found.append(dict(open_payload(row, sealer)))
            return found

    def trouble(self) -> str:
        """What waits and what was refused, and the ends of the logs."""
        with self.services.db.reading() as session:
            messages = session.execute(
                select(
                    PeerMessage.direction, PeerMessage.number, PeerMessage.kind, PeerMessage.state, PeerThread.applied
                )
                .join(PeerThread, PeerThread.id == PeerMessage.thread_id)
                .where(PeerMessage.state != "applied")
            ).all()
            links = session.execute(select(PeerLink.failures, PeerLink.trouble, PeerLink.next_at)).all()
            jobs = session.execute(select(Job.kind, Job.state, Job.attempts, Job.due_at, Job.trouble)).all()
        logs = [(self.services.settings.data_dir / f"{name}.log").read_text()[-3000:] for name in ("worker", "web")]
        return "\n".join([repr(messages), repr(links), repr(jobs), *logs])


def until(condition, *ends: End) -> None:
    """Wait until it is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "\n=====\n".join(each.trouble() for each in ends)
        time.sleep(0.2)


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory, postgres_server: Any) -> Iterator[tuple[End, End]]:
    root = tmp_path_factory.mktemp("peers")
    (root / "tls").mkdir()
    make_certificates(root / "tls")
    name = "peers_partner"
    url = postgres_server.fresh_database(name)
    port, other = processes.free_port(), processes.free_port()
    line = {"peer_ca_bundle": str(root / "tls" / "ca.pem"), "peer_private_networks": True}
    door = list(handlers._doors)
    handlers.register_door(peer_worker.Door())
    ours = demo_installation(root / "a", clock=utc_now, base_url=f"https://localhost:{port}", **line)
    theirs = demo_installation(
        root / "b", clock=utc_now, database_url=url, base_url=f"https://localhost:{other}", **line
    )
    with ours as a, theirs as b:
        here, there = End(a, port, root / "tls"), End(b, other, root / "tls")
        here.side, there.side = peering.side_of(a), peering.side_of(b)
        pin = pin_of(root / "tls" / "server.pem")
        peering.acquaint(
            here.side, there.side, carrier="https", address=f"https://localhost:{other}/lijn/demo", pin=pin
        )
        peering.acquaint(there.side, here.side, carrier="https", address=f"https://localhost:{port}/lijn/demo")
        try:
            for each in (here, there):
                each.start("web")
            for each in (here, there):
                each.await_web()
            yield here, there
        finally:
            for each in (here, there):
                each.stop()
            handlers._doors[:] = door
            b.db.dispose()
    postgres_server.drop_database(name)


def pin_of(path: Path) -> str:
    key = x509.load_pem_x509_certificate(path.read_bytes()).public_key()
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def test_a_thread_survives_that_either_end_is_killed_half_way(ends):
    """One story: killed while sending, killed while applying, the server killed and back; all arrives, nothing twice."""
    here, there = ends
    digest = hashlib.sha256(peer_worker.CONTENT).hexdigest()
    here.send(1)
    here.send(2, "a-verstrekking")
    here.start("worker", slow="open")
    until(lambda: here.states() == ["arrived", "waiting"] and tries(here) >= 1, here, there)
    time.sleep(0.5)  # gpg stands half-way in the document
    here.kill("worker")
    assert there.applied() == []
    there.start("worker", slow="apply")
    until(lambda: sleeping(there), here, there)
    there.kill("worker")
    assert there.applied() == [], "what was not committed was not applied"
    here.send(3)
    release(here)
    here.start("worker")
    until(lambda: here.states() == ["arrived"] * 3, here, there)
    there.kill("web")
    here.send(4)
    until(lambda: failures(here) > 0, here, there)
    there.start("web")
    release(there)
    there.start("worker")
    there.await_web()
    wake(here)
    until(lambda: here.states() == ["applied"] * 4, here, there)
    assert [each["number"] for each in there.applied()] == [1, 2, 3, 4]
    assert [each["attachments"] for each in there.applied()] == [[], [digest], [], []]
    with there.services.db.reading() as session:
        assert len(session.scalars(select(PeerAttachment)).all()) == 1
        mine = select(PeerMessage.number).where(PeerMessage.direction == "in", PeerMessage.kind == "test.act")
        assert sorted(session.scalars(mine)) == [1, 2, 3, 4]


def test_the_partner_answers_over_the_same_line_from_its_side(ends):
    here, there = ends
    there.send(1)
    until(lambda: there.states() == ["applied"], here, there)
    assert [each["number"] for each in here.applied()] == [1]


@pytest.fixture(scope="module")
def convenants(ends) -> None:
    """Each installation holds its own row of the same convenant, and its worker runs."""
    for each in ends:
        second_opinions.convenant(each.services)
        if "worker" not in each.running:
            each.start("worker")


def test_a_case_stands_in_both_portals_and_the_partners_step_comes_back_ordered(ends, convenants):
    """The requester's case travels with what was done; the partner accepts in its own portal; one order on both."""
    here, there = ends
    dossier, _ = builders.submitted(here.services)
    case = second_opinions.case(here.services, dossier, until="send")
    until(lambda: copy_of(there, here, case) != "", here, there)
    theirs = copy_of(there, here, case)
    us, them = here.side.context(here.side.contact), there.side.context(there.side.contact)
    there.kill("worker")
    acting.contact_step(there.services, them, theirs, "accept", {})
    release(there)
    there.start("worker")
    until(lambda: phase(here, case) == "accepted" == phase(there, theirs), here, there)
    acting.contact_step(here.services, us, case, "withdraw", {"reason": "Ouders en school zijn het eens."})
    acting.say(there.services, them, theirs, "Wij wijzen morgen iemand aan.")
    until(lambda: phase(there, theirs) == "withdrawn" and sequence(here, case) == sequence(there, theirs), here, there)
    until(lambda: len(sequence(here, case)) == 7, here, there)
    until(lambda: sequence(here, case) == sequence(there, theirs), here, there)
    assert sequence(here, case).count("accept") == 1


def test_a_whole_case_with_a_document_and_an_advice_runs_between_two_installations(ends, convenants):
    """From request to advice; the worker of either end is killed with a document and with the advice on its way."""
    here, there = ends
    us, them = here.side.context(here.side.contact), there.side.context(there.side.contact)
    dossier, document = builders.submitted(here.services, bsn="100000009", first_name="Bo", last_name="Tweedeling")
    rendered.reviewed(here.services, document)
    expert = second_opinions.expert(here.services)
    case = second_opinions.case(here.services, dossier, until="send")
    until(lambda: copy_of(there, here, case) != "", here, there)
    theirs = copy_of(there, here, case)

    def same(reached: str) -> bool:
        done = sequence(here, case)
        return done[-1] == reached and done == sequence(there, theirs)

    def step(name: str) -> None:
        second_opinions.do(here.services, name, case, dossier, [expert], (second_opinions.EXPERT,))

    acting.contact_step(there.services, them, theirs, "accept", {})
    until(lambda: same("accept"), here, there)
    day = utc_now().date() + timedelta(days=10)
    acting.propose(
        there.services, them, theirs, manner="Portaal", deliver_by=day, review="P2W", definitions="", access_days=0
    )
    until(lambda: same("propose"), here, there)
    acting.agree(here.services, us, case)
    until(lambda: same("agree"), here, there)
    named = second_opinions.named(there.services, second_opinions.EXPERT)
    acting.assign_named(there.services, them, theirs, named)
    until(lambda: same("assign"), here, there)
    step("admit")
    step("declare")
    there.kill("worker")
    delivering.deliver(here.services, us, case, second_opinions.wanted(here.services, dossier, form="anonymised"))
    release(there)
    there.start("worker")
    until(lambda: same("deliver"), here, there)
    (came,) = views.show(there.services, them, theirs).delivered[0]["came"]
    content = b"".join(mirror.open_document(there.services, them, theirs, came.id).chunks)
    assert rendered.MARK.encode() in content
    delivering.receive(there.services, them, theirs)
    until(lambda: same("receive"), here, there)
    step("write")
    here.kill("worker")
    step("sign")
    release(here)
    here.start("worker")
    until(lambda: same("sign"), here, there)
    assert advising.read(there.services, them, theirs)[3].parts == second_opinions.TEXT
    acting.contact_step(there.services, them, theirs, "hand_over", {})
    until(lambda: same("hand_over"), here, there)
    for name in ("confirm", "parents", "close"):
        step(name)
    until(lambda: phase(there, theirs) == "closed" and sequence(here, case) == sequence(there, theirs), here, there)
    assert len(set(sequence(here, case))) == len(sequence(here, case)), "nothing was done twice"
    with there.services.db.reading() as session:
        row = session.get_one(SecondOpinionCase, theirs)
        assert "parts" not in storing.last(storing.acts_of(there.services, session, row), "tell_parents").data
    with pytest.raises(NotFoundError):
        mirror.open_document(there.services, them, theirs, came.id)


def copy_of(there: End, here: End, case_id: str) -> str:
    """The partner's row of this case; empty: it did not arrive yet."""
    with here.services.db.reading() as session:
        thread = session.get_one(SecondOpinionCase, case_id).thread
    with there.services.db.reading() as session:
        copies = select(SecondOpinionCase.id).where(SecondOpinionCase.own_side == "partner")
        return session.scalar(copies.where(SecondOpinionCase.thread == thread)) or ""


def phase(end: End, case_id: str) -> str:
    with end.services.db.reading() as session:
        return session.get_one(SecondOpinionCase, case_id).phase


def sequence(end: End, case_id: str) -> list[str]:
    with end.services.db.reading() as session:
        row = session.get_one(SecondOpinionCase, case_id)
        kept = storing.acts_of(end.services, session, row)
        return [f"{each.kind}!" if each.overtaken else each.kind for each in kept]


def test_no_process_wrote_anything_personal_in_its_log_and_nothing_readable_lies_about(ends):
    for each in ends:
        for path in each.services.settings.data_dir.rglob("*"):
            if path.is_file() and not path.name.startswith("dossierpoort.sqlite3"):
                assert b"alleen voor de partner" not in path.read_bytes(), path
        logs = each.trouble()
        assert "Jip" not in logs
        assert "/lijn/demo" not in logs, "the route, not the address"


def test_the_partners_gateway_destroys_its_copy_by_itself_and_its_statement_is_verified_here(ends, convenants):
    """Its own key signs, on the key that two people here confirmed; its worker is away when we ask."""
    here, there = ends
    dossier, _ = builders.submitted(here.services, bsn="999990020", first_name="Vera", last_name="Verloopt")
    case = second_opinions.case(here.services, dossier, until="send")
    until(lambda: copy_of(there, here, case) != "", here, there)
    theirs = copy_of(there, here, case)
    there.kill("worker")
    now = utc_now()
    row = Destruction(
        tenant_id=here.side.tenant_id, dossier_id=dossier, article="PR12.1", profile="po-raad-2014@1",
        kept_until=now.date(), due_on=now.date(), announced_at=now,
    )  # fmt: skip
    with here.services.db.writing() as session:
        session.add(row)
        session.flush()
        executing.erase_in(here.services, session, here.side.context(here.side.contact), row.id, "PR12.1", [])
    assert executing.go_on(here.services, here.side.context(here.side.contact), row.id) == "journalled"
    release(there)
    there.start("worker")
    until(lambda: asked_of(there) is not None, here, there)
    assert phase(there, theirs) == "sent", "its people have a week"
    with there.services.db.writing() as session:
        session.scalars(select(LineAsked)).one().due_on = utc_now().date()
    run.run(there.services)
    until(lambda: run.finish(there.services) < 2 and statement_of(here) == "destroyed", here, there)
    with there.services.db.reading() as session:
        assert session.get(SecondOpinionCase, theirs) is None


def asked_of(end: End) -> LineAsked | None:
    with end.services.db.reading() as session:
        return session.scalars(select(LineAsked)).one_or_none()


def statement_of(end: End) -> str:
    with end.services.db.reading() as session:
        return session.scalars(select(LineAsk)).one().state


def tries(end: End) -> int:
    with end.services.db.reading() as session:
        query = select(PeerMessage.tries).where(PeerMessage.direction == "out", PeerMessage.number == 2)
        return session.scalars(query.where(PeerMessage.kind == "test.act")).one()


def sleeping(end: End) -> bool:
    """Whether the worker hangs in the application of a message: its job runs."""
    from gateway.jobs.tables import Job
    from gateway.peers.threads import APPLY

    with end.services.db.reading() as session:
        return session.scalar(select(Job.id).where(Job.kind == APPLY, Job.state == "running")) is not None


def failures(end: End) -> int:
    from gateway.peers.threads import live_link

    with end.services.db.reading() as session:
        link = live_link(session, end.side.partner_id)
        assert link is not None
        return link.failures


def wake(end: End) -> None:
    """Somebody presses *Nu opnieuw proberen*."""
    from gateway.peers import links
    from gateway.peers.threads import live_link

    with end.services.db.reading() as session:
        link = live_link(session, end.side.partner_id)
        assert link is not None
    links.retry(end.services, end.side.context(end.side.contact), link.id)


def release(end: End) -> None:
    """The lease of a killed worker ends by itself after minutes; here at once, so that the test need not wait."""
    from gateway.jobs.tables import Job, Lease

    with end.services.db.writing() as session:
        for job in session.scalars(select(Job).where(Job.state.in_(("running", "again")))):
            job.state, job.lease_until, job.due_at = "queued", None, end.services.clock()
        for lease in session.scalars(select(Lease)):
            session.delete(lease)
