"""Uploads through a real gunicorn: what a browser, a broken line and an ill-willed client can send. Source: issue 2."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from gateway.dossiers import labels
from gateway.dossiers.content import open_content
from gateway.dossiers.tables import DocumentVersion
from gateway.services import utc_now
from tests import builders
from tests.personas import OTHER_SCHOOL, OWNER
from tests.portal import BOUNDARY, END, Portal, multipart, part_head, raw_head, read_answer, serve, upload_head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.services import Services

GIGABYTE = 1_000_000_000

pytestmark = pytest.mark.alone  # it measures time and memory


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with builders.demo_installation(tmp_path_factory.mktemp("portal"), clock=utc_now) as built:
        yield built


@pytest.fixture(scope="module")
def portal(services: Services) -> Iterator[Portal]:
    with serve(services.settings) as running:
        yield running


@pytest.fixture
def dossier_id(services: Services) -> str:
    return builders.draft(services)


@pytest.fixture(scope="module")
def owner(portal: Portal) -> Any:
    return portal.person(OWNER)


def rows(services: Services, dossier_id: str) -> int:
    with services.db.reading() as session:
        return session.scalar(select(func.count()).where(DocumentVersion.dossier_id == dossier_id)) or 0


def files(services: Services) -> int:
    return sum(path.is_file() for path in services.settings.object_dir.rglob("*"))


def eventually(holds: Any, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return bool(holds())


def test_fifty_files_at_once_with_one_broken_go_in_by_one_plain_form(services, owner, dossier_id):
    sent = [(f"stuk {n}.txt", b"\x7fELF\x00" if n == 3 else f"Verslag {n}".encode()) for n in range(50)]
    answer = owner.upload(dossier_id, sent)
    assert (answer.status, answer.headers["location"]) == (303, f"/dossiers/{dossier_id}/beschrijven")
    assert rows(services, dossier_id) == 49
    shown = owner.ask("GET", f"/dossiers/{dossier_id}/stukken").text
    assert "stuk 3.txt: Dit soort bestand nemen wij niet aan" in shown
    assert "49 ontvangen" in shown


def test_when_fifty_files_fail_each_says_why_and_nobody_is_signed_out(services, owner, dossier_id):
    answer = owner.upload(dossier_id, [(f"تقرير طويل جدا عن التلميذ رقم {n} 🎈.exe", b"MZ\x00\x00") for n in range(50)])
    assert answer.status == 400
    assert answer.text.count("nemen wij niet aan") == 50
    assert len(owner.cookie) < 4000
    assert owner.ask("GET", "/dossiers").status == 200
    assert rows(services, dossier_id) == 0


def test_files_above_the_count_are_refused_one_by_one_and_the_first_fifty_stay(services, owner, dossier_id):
    answer = owner.upload(dossier_id, [(f"{n}.txt", f"Verslag {n}".encode()) for n in range(53)])
    assert answer.status == 303
    assert "te veel in één keer" in owner.ask("GET", f"/dossiers/{dossier_id}/stukken").text
    assert rows(services, dossier_id) == 50


def test_far_too_many_parts_end_with_a_true_sentence(services, owner, dossier_id):
    answer = owner.upload(dossier_id, [(f"{n}.txt", f"Verslag {n}".encode()) for n in range(90)])
    told = answer.text if answer.status == 400 else owner.ask("GET", f"/dossiers/{dossier_id}/stukken").text
    assert "Na 50 bestanden ging het mis. Wat daarna kwam, is niet opgeslagen." in told
    assert rows(services, dossier_id) == 50


def test_two_gigabytes_are_refused_by_their_length_before_a_byte_is_read(portal, owner, dossier_id):
    token = owner.token(f"/dossiers/{dossier_id}/toevoegen")
    line = portal.raw(upload_head(owner, dossier_id, token=token, length=2 * GIGABYTE))  # and no byte of a body
    with line:
        answer = read_answer(line)
    assert answer.startswith(b"HTTP/1.1 413")
    assert "te groot om in één keer te versturen" in json.loads(answer.split(b"\r\n\r\n", 1)[1])["message"]


def test_two_gigabytes_without_a_length_are_refused_while_they_stream_and_memory_stays_flat(
    services, portal, owner, dossier_id
):
    token = owner.token(f"/dossiers/{dossier_id}/toevoegen")
    before, most, sent = portal.memory(), 0, 0
    line = portal.raw(upload_head(owner, dossier_id, token=token, length=None))
    block = b"a" * 1_000_000
    chunk = b"%x\r\n" % len(block) + block + b"\r\n"
    head = part_head("file", "groot.txt")
    refused = False
    with line:
        line.sendall(b"%x\r\n" % len(head) + head + b"\r\n")
        try:
            for number in range(2000):
                line.sendall(chunk)
                sent += len(block)
                if number % 50 == 0:
                    most = max(most, portal.memory())
        except OSError:
            refused = True
        answer = read_answer(line)
    assert refused
    assert sent <= services.settings.max_upload_bytes + 60_000_000
    assert most - before < 40_000_000
    if answer:  # the line may be reset before the answer is read
        assert answer.startswith((b"HTTP/1.1 413", b"HTTP/1.1 200"))
    assert rows(services, dossier_id) == 0


def test_a_file_above_its_own_limit_is_told_with_the_limit(services, portal, owner, dossier_id):
    token = owner.token(f"/dossiers/{dossier_id}/toevoegen")
    before, count = portal.memory(), files(services)
    size = 260_000_000
    head = part_head("file", "groot.txt")
    tail = b"\r\n" + END
    line = portal.raw(upload_head(owner, dossier_id, token=token, length=len(head) + size + len(tail)), timeout=120)
    with line:
        line.sendall(head)
        for _ in range(260):
            line.sendall(b"a" * 1_000_000)
        line.sendall(tail)
        line.shutdown(socket.SHUT_WR)
        answer = read_answer(line)
    assert "Dit bestand is groter dan 250 MB" in json.loads(answer.split(b"\r\n\r\n", 1)[1])["message"]
    assert portal.memory() - before < 40_000_000
    assert files(services) == count


@pytest.mark.parametrize("length", [5_000_000, None], ids=["with a length", "chunked"])
def test_a_connection_cut_half_way_leaves_neither_row_nor_object(services, portal, owner, dossier_id, length):
    token = owner.token(f"/dossiers/{dossier_id}/toevoegen")
    count = files(services)
    line = portal.raw(upload_head(owner, dossier_id, token=token, length=length))
    body = part_head("file", "half.txt") + b"Het begin van een verslag. " * 50_000
    line.sendall(body if length else b"%x\r\n" % len(body) + body + b"\r\n")
    assert eventually(lambda: files(services) > count)
    line.close()
    assert eventually(lambda: files(services) == count)
    assert rows(services, dossier_id) == 0


def test_a_body_that_ends_before_its_last_boundary_keeps_no_half_file(services, owner, dossier_id):
    path = f"/dossiers/{dossier_id}/toevoegen"
    body = multipart([("csrf_token", None, owner.token(path).encode()), ("file", "a.txt", b"Een heel verslag.")])
    answer = owner.ask(
        "POST", path, body[: -len(END) - 4], {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    )
    assert answer.status in {303, 400}
    assert rows(services, dossier_id) == 0


def test_without_a_token_no_file_is_read_and_none_is_kept(services, owner, dossier_id):
    path = f"/dossiers/{dossier_id}/toevoegen"
    for parts in ([("file", "a.txt", b"Verslag.")], [("csrf_token", None, b"false"), ("file", "a.txt", b"Verslag.")]):
        answer = owner.ask(
            "POST", path, multipart(parts), {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
        )
        assert answer.status == 400
        assert "Er is niets opgeslagen" in answer.text
    assert rows(services, dossier_id) == 0


def test_another_school_gets_404_before_a_byte_of_the_file_is_read(portal, dossier_id):
    stranger = portal.person(OTHER_SCHOOL)
    token = stranger.token("/dossiers/nieuw")
    line = portal.raw(upload_head(stranger, dossier_id, token=token, length=200_000_000))
    with line:
        assert read_answer(line).startswith(b"HTTP/1.1 404")


@pytest.mark.parametrize(
    "name", ["../../x.txt", "C:\\\\map\\\\x.txt", "...x.txt", "x" * 400 + ".txt", "D'Art 🎈 تقرير.txt"]
)
def test_tricks_in_a_file_name_end_as_a_plain_name(services, owner, dossier_id, name):
    answer = owner.upload(dossier_id, [(name, f"Verslag bij {name}".encode())])
    assert answer.status == 303
    shown = owner.ask("GET", f"/dossiers/{dossier_id}/stukken").text
    assert "../" not in shown.split("<main", 1)[1]
    assert rows(services, dossier_id) == 1


@pytest.mark.parametrize("head", [b'filename="a\x00b.txt"', b'filename="a\nb.txt"', b"filename*=UTF-8''a%0d%0ab.txt"])
def test_control_characters_in_the_head_of_a_part_never_reach_a_name(services, owner, dossier_id, head):
    path = f"/dossiers/{dossier_id}/toevoegen"
    body = part_head("csrf_token", None) + owner.token(path).encode() + b"\r\n"
    body += (
        b"--"
        + BOUNDARY.encode()
        + b'\r\nContent-Disposition: form-data; name="file"; '
        + head
        + b"\r\n\r\nVerslag\r\n"
        + END
    )
    answer = owner.ask("POST", path, body, {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"})
    assert answer.status in {303, 400}


def test_the_same_file_twice_is_told_with_its_name(owner, dossier_id):
    owner.upload(dossier_id, [("Verslag maart.txt", b"Hetzelfde.")])
    token = owner.token(f"/dossiers/{dossier_id}/toevoegen")
    script = {"X-Requested-With": "XMLHttpRequest", "X-CSRFToken": token}
    told = json.loads(owner.upload(dossier_id, [("anders.txt", b"Hetzelfde.")], headers=script).text)
    assert told["ok"] is False
    assert "Verslag maart.txt" in told["message"]


def test_someone_signed_out_is_told_so_by_the_script_and_the_file_is_not_read(portal, dossier_id):
    nobody = portal.person()
    line = portal.raw(upload_head(nobody, dossier_id, token="x", length=100_000_000))
    with line:
        answer = read_answer(line)
    assert answer.startswith(b"HTTP/1.1 401")


def test_no_file_chosen_is_told_in_dutch(owner, dossier_id):
    owner.upload(dossier_id, [("", b"")])
    assert "Kies eerst een of meer bestanden" in owner.ask("GET", f"/dossiers/{dossier_id}/toevoegen").text


def send_raw(portal: Portal, owner: Any, dossier_id: str, content: bytes, **options: Any) -> tuple[int, Any]:
    """Send a file as the page's script does: it is the whole body."""
    token = options.pop("token", None) or owner.token(f"/dossiers/{dossier_id}/toevoegen")
    name, length = options.pop("name", "groot.pdf"), options.pop("length", len(content))
    with portal.raw(raw_head(owner, dossier_id, token=token, name=name, length=length)) as line:
        line.sendall(content if length is not None else b"%x\r\n" % len(content) + content + b"\r\n0\r\n\r\n")
        line.shutdown(socket.SHUT_WR)
        head, body = read_answer(line).split(b"\r\n\r\n", 1)
    return int(head.split(b" ", 2)[1]), json.loads(body)


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "chunked"])
def test_a_file_that_is_the_whole_body_goes_in_with_its_name(services, portal, owner, dossier_id, chunked):
    content = f"Verslag {chunked} ".encode() * 300_000
    told = send_raw(
        portal, owner, dossier_id, content, name="Verslag “groep 7” 🎈.txt", length=None if chunked else len(content)
    )
    assert (told[0], told[1]["ok"]) == (200, True)
    with services.db.reading() as session:
        version = session.scalars(select(DocumentVersion).where(DocumentVersion.dossier_id == dossier_id)).one()
        name = labels.file_name_of(services.vault, session, version)
        tenant_id = builders.account(services, OWNER).tenant_id
        opened = b"".join(open_content(services, session, tenant_id=tenant_id, version=version))
    assert (name, opened == content) == ("Verslag “groep 7” 🎈.txt", True)


def test_a_body_of_a_kind_we_do_not_take_is_read_to_its_end_so_that_the_sender_reads_why(
    services, portal, owner, dossier_id
):
    status, told = send_raw(portal, owner, dossier_id, b"MZ\x00\x00" * 3_000_000)
    assert status == 200
    assert "Dit soort bestand nemen wij niet aan" in told["message"]
    assert rows(services, dossier_id) == 0


def test_a_raw_body_with_a_false_token_leaves_no_temporary_file_and_no_object(services, portal, owner, dossier_id):
    count = files(services)
    status, told = send_raw(portal, owner, dossier_id, b"Verslag. " * 600_000, token="false")
    assert (status, told["ok"]) == (400, False)
    assert (rows(services, dossier_id), files(services)) == (0, count)


@pytest.mark.parametrize("length", [5_000_000, None], ids=["with a length", "chunked"])
def test_a_raw_body_cut_half_way_leaves_neither_row_nor_object(services, portal, owner, dossier_id, length):
    token = owner.token(f"/dossiers/{dossier_id}/toevoegen")
    count = files(services)
    line = portal.raw(raw_head(owner, dossier_id, token=token, name="half.txt", length=length))
    body = b"Het begin van een verslag. " * 50_000
    line.sendall(body if length else b"%x\r\n" % len(body) + body + b"\r\n")
    assert eventually(lambda: files(services) > count)
    line.close()
    assert eventually(lambda: files(services) == count)
    assert rows(services, dossier_id) == 0


def test_a_raw_body_for_another_schools_dossier_is_404_before_a_byte_is_read(portal, dossier_id):
    stranger = portal.person(OTHER_SCHOOL)
    token = stranger.token("/dossiers/nieuw")
    with portal.raw(raw_head(stranger, dossier_id, token=token, name="x.txt", length=200_000_000)) as line:
        assert read_answer(line).startswith(b"HTTP/1.1 404")


def test_a_line_that_falls_silent_gives_its_thread_back(services):
    from gateway.app import STALL_SECONDS, create_app

    ours, theirs = socket.socketpair()
    with ours, theirs:
        create_app(services).test_client().get("/healthz", environ_overrides={"gunicorn.socket": ours})
        assert ours.gettimeout() == STALL_SECONDS
