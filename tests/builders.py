"""Whole installations and their people for the tests: real services, an own database, storage and keyring each."""

from __future__ import annotations

import io
import json
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PIL import Image
from sqlalchemy import event, select
from sqlalchemy.engine import make_url

from audit.events import truncate_network
from crypto.keyring import FileKeyring
from crypto.keyring_file import generate_root_secret
from gateway import demo, migrate
from gateway.access import usecases as access
from gateway.access.tables import AccessEntry
from gateway.accounts import people
from gateway.accounts.rules import Person
from gateway.accounts.tables import Organisation, Tenant
from gateway.anonymisation import asking, looks
from gateway.anonymisation.choices import Choices
from gateway.anonymisation.record import mark_of
from gateway.anonymisation.rendition_tables import EDITION, AnonymisedRendition
from gateway.anonymisation.sealed import Decisions, seal_decisions, seal_finds, seal_report
from gateway.config import Settings
from gateway.context import Context, Role
from gateway.db import Database
from gateway.disclosure.judging import Request
from gateway.dossiers import derived, usecases
from gateway.dossiers.multipart_stream import FilePart
from gateway.dossiers.rules import Guardian, Pupil
from gateway.dossiers.tables import DocumentVersion, Dossier
from gateway.dossiers.upload import Received, receive
from gateway.dossiers.usecases import Description
from gateway.ids import new_id
from gateway.keeping import usecases as keeping
from gateway.matters.rules import NewBesluit, NewMatter
from gateway.services import Services, build
from gateway.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.access.usecases import NewEntry
    from gateway.accounts.tables import Account

SHM = Path("/dev/shm")


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    now: datetime = field(default_factory=lambda: datetime(2026, 11, 23, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **delta: float) -> None:
        self.now += timedelta(**delta)


def settings(root: Path, **changes: Any) -> Settings:
    """Settings of an installation under `root`, on SQLite and local storage unless changed."""
    values: dict[str, Any] = {
        "root_secret": generate_root_secret(),
        "cookie_secret": generate_root_secret(),
        "data_dir": root / "data",
        "keyring": root / "keys" / "keyring",
        "scratch": SHM / f"dp-test-{new_id()[:16]}",
        "scratch_limit": 1_000_000_000,
        "demo": True,
        "base_url": "http://localhost",
        "security_contact": "mailto:melden@demo.example",
        "security_expires": "2027-06-30",
    }
    return Settings(**{**values, **changes})


@contextmanager
def installation(root: Path, *, clock: Clock | None = None, **changes: Any) -> Iterator[Services]:
    """An empty, migrated installation; its scratch directory and connections go at the end."""
    chosen = settings(root, **changes)
    FileKeyring.create(chosen.keyring, chosen.root_secret.encode())
    with _opened(chosen, clock) as services:
        migrate.upgrade(services.db)
        yield services


class _Warm(Database):
    """A database that can be pointed at another one: SQLAlchemy keeps what it compiled, a tenth of a test's time."""

    _free: ClassVar[dict[bool, list[_Warm]]] = {True: [], False: []}

    def __init__(self, url: str) -> None:
        super().__init__(url)

        @event.listens_for(self.engine, "do_connect")
        def _elsewhere(_dialect: object, _record: object, given: list[Any], named: dict[str, Any]) -> None:
            if self.is_sqlite:
                given[0] = self.url.database
            else:
                named["dbname"] = self.url.database

    @classmethod
    def at(cls, url: str) -> _Warm:
        """One that nobody uses now, at this address; give it back with `free`."""
        parts = make_url(url)
        free = cls._free[parts.get_backend_name() == "sqlite"]
        one = free.pop() if free else cls(url)
        one.url = parts
        return one

    def free(self) -> None:
        """Nobody uses it any more."""
        self.dispose()
        self._free[self.is_sqlite].append(self)


@contextmanager
def _opened(chosen: Settings, clock: Clock | None, db: Database | None = None) -> Iterator[Services]:
    services = replace(build(chosen), clock=clock or Clock())
    services = services if db is None else replace(services, db=db)
    services.scratch.assert_safe()
    try:
        yield services
    finally:
        services.db.dispose()
        services.scratch.sweep()
        if chosen.scratch.exists():
            chosen.scratch.rmdir()


@contextmanager
def demo_installation(root: Path, *, clock: Clock | None = None, **changes: Any) -> Iterator[Services]:
    """An installation with the demo's organisations, accounts and one submitted dossier."""
    with installation(root, clock=clock, **changes) as services:
        demo.load(services)
        yield services


@dataclass(frozen=True, slots=True, kw_only=True)
class Prototype:
    """A demo installation that was made once and is copied; `database` is the PostgreSQL database that stands model."""

    settings: Settings
    database: str | None


def make_prototype(root: Path, *, server: Any = None) -> Prototype:
    """Make a demo installation to be copied, on SQLite or on this PostgreSQL server."""
    database = None if server is None else f"model_{new_id()[:16]}"
    changes = {} if database is None else {"database_url": server.fresh_database(database)}
    with demo_installation(root, **changes) as services:
        return Prototype(settings=services.settings, database=database)


@contextmanager
def copy_of(made: Prototype, root: Path, *, clock: Clock | None = None, server: Any = None) -> Iterator[Services]:
    """An installation like the model in everything, keys and secrets too, that is the caller's own."""
    model = made.settings
    own = settings(root, root_secret=model.root_secret, cookie_secret=model.cookie_secret)
    name = f"case_{new_id()[:16]}"
    if made.database is not None:
        own = replace(own, database_url=server.fresh_database(name, model=made.database))
    shutil.copytree(model.data_dir, own.data_dir)
    shutil.copytree(model.keyring.parent, own.keyring.parent)
    db = _Warm.at(own.database)
    try:
        with _opened(own, clock, db) as services:
            yield services
    finally:
        db.free()
        if made.database is not None:
            server.drop_database(name)


def account(services: Services, email: str) -> Account:
    """The demo account with this address."""
    with services.db.reading() as session:
        found = people.by_email(session, services.vault, email)
        assert found is not None, email
        return found


def approve(services: Services, entry_id: str) -> str:
    """A second administrator of the tenant approves an entry of the access list; gives its id back."""
    with services.db.reading() as session:
        row = session.get_one(AccessEntry, entry_id)
        tenant, version = session.get_one(Tenant, row.tenant_id), row.version
        email = f"tweede.{tenant.slug}@builders.example"
        known = people.by_email(session, services.vault, email)
    if known is None:
        with services.db.writing() as session:
            swv = session.get_one(Organisation, tenant.swv_id)
            known = people.create(
                session,
                services.vault,
                organisation=swv,
                role=Role.ADMINISTRATOR,
                person=Person(name="Tweede Beheerder", email=email),
                now=services.clock(),
            )
    second = Context(actor=people.actor_of(known), now=services.clock(), request_id=new_id())
    access.decide(services, second, entry_id, seen=version, approve=True)
    return entry_id


def on_the_list(services: Services, by: Context, entry: NewEntry) -> str:
    """An entry of the access list that counts: written by one, approved by another. Gives its id."""
    return approve(services, access.add_entry(services, by, entry))


def context(services: Services, email: str) -> Context:
    """A context in which this demo account acts now."""
    return Context(
        actor=people.actor_of(account(services, email)),
        now=services.clock(),
        request_id=new_id(),
        network=truncate_network("192.0.2.7"),
    )


def pupil(**changes: Any) -> Pupil:
    """A clearly invented pupil."""
    values: dict[str, Any] = {
        "first_name": "Jip",
        "infix": "van",
        "last_name": "Zwollebol",
        "born": date(2016, 3, 9),
        "bsn": "123456782",
        "street": "Bedachte Kade 7",
        "postcode": "0000 BB",
        "town": "Verzinstad",
        "enrolled_from": date(2020, 8, 17),
        "reason": "Jip heeft meer hulp nodig bij lezen dan de school kan geven (voorbeeld).",
        "guardians": (Guardian(name="Mies van Zwollebol", relation="moeder", contact="06-00000000"),),
    }
    return Pupil(**{**values, **changes})


def file_part(name: str, content: bytes, chunk: int = 65536) -> FilePart:
    """A file on its way in."""
    stream = io.BytesIO(content)
    return FilePart(name="file", file_name=name, chunks=iter(lambda: stream.read(chunk), b""))


def upload(services: Services, email: str, dossier_id: str, name: str, content: bytes) -> Received:
    """Upload a file as this account."""
    return receive(services, context(services, email), dossier_id, file_part(name, content))


def work(services: Services) -> int:
    """Do all background work that is due."""
    return Worker(services).once()


def describe(services: Services, email: str, dossier_id: str, document_id: str, **changes: Any) -> None:
    """Describe a document as a conversation report without health data, unless changed."""
    values: dict[str, Any] = {
        "kind": "conversation",
        "categories": ("g", "k"),
        "origin": "school",
        "purpose": "support_allocation",
        "necessity": "",
    }
    usecases.describe(services, context(services, email), dossier_id, document_id, Description(**{**values, **changes}))


def draft(services: Services, email: str = "school@demo.example", **changes: Any) -> str:
    """A draft dossier without documents; returns its id."""
    return usecases.open_dossier(services, context(services, email), pupil(**changes))


def verstrekking(services: Services, dossier_id: str, *document_ids: str, **changes: Any) -> Request:
    """A request to disclose these documents, with the name, to the demo's municipality on a consent (`consent_id`).

    To a partner-SWV originals go to a named expert only (CV4.6, step 5).
    """
    values: dict[str, Any] = {
        "dossier_id": dossier_id,
        "document_ids": document_ids,
        "recipient_id": account(services, "gemeente@demo.example").organisation_id,
        "purpose": "support_allocation",
        "basis": "consent",
        "law": None,
        "consent_id": None,
        "statement": "Juist, volledig en actueel.",
        "recipient_person": "Gerda Gemeentema",
        "evidence": "Brief van 3 november 2026 (verzonnen).",
        "identifiable": True,
        "why_identifiable": "De gemeente spreekt het kind zelf.",
    }
    return Request(**{**values, **changes})


def submitted(
    services: Services, email: str = "school@demo.example", *, categories: tuple[str, ...] = ("g", "k"), **changes: Any
) -> tuple[str, str]:
    """A submitted dossier with one checked document; returns the ids of dossier and document."""
    dossier_id = draft(services, email, **changes)
    received = upload(services, email, dossier_id, "verslag.txt", f"Verslag {dossier_id} over de voortgang.\n".encode())
    assert received.document_id, received.problem
    necessity = "Nodig om de ondersteuning te bepalen." if {"e", "f"} & set(categories) else ""
    describe(services, email, dossier_id, received.document_id, categories=categories, necessity=necessity)
    work(services)
    checked(services, dossier_id)
    usecases.submit(services, context(services, email), dossier_id)
    return dossier_id, received.document_id


def checked(services: Services, dossier_id: str) -> None:
    """Wait until no document is being checked: where a worker runs too, that one may be at it."""
    query = select(DocumentVersion.id).where(
        DocumentVersion.dossier_id == dossier_id, DocumentVersion.state == "in_check"
    )
    for _ in range(600):
        with services.db.reading() as session:
            if session.scalars(query).first() is None:
                return
        time.sleep(0.1)


def reviewable(
    services: Services, dossier_id: str, document_id: str, email: str = "swv@demo.example", *, text: str = ""
) -> str:
    """A rendition that waits for review, as the worker would leave it but without its work; returns its id.

    `Jip` is known and locked, `Storm` doubtful, `Rummikub` probable; the page is blank.
    """
    rendition_id = asking.ask(services, context(services, email), dossier_id, document_id)
    text = text or "Jip speelt Rummikub over de voortgang. Storm was er ook bij.\n"
    found = (("Jip", "PERSON_PUPIL", "known", 1.0, "[leerling]"), ("Rummikub", "PERSON_OTHER", "model", 0.95, "[persoon 1]"),
             ("Storm", "PERSON_OTHER", "model", 0.6, "[persoon 2]"))  # fmt: skip
    finds = [[text.find(word), text.find(word) + len(word), *rest, False] for word, *rest in found if word in text]
    look = looks.arranged({"stories": [{"name": "pagina 1", "text": text, "finds": finds}], "other_pupil": []})
    picture = io.BytesIO()
    Image.new("RGB", (400, 560), "white").save(picture, "WEBP")
    with services.db.reading() as session:
        row = session.get_one(AnonymisedRendition, rendition_id)
        version = session.get_one(DocumentVersion, row.version_id)
        key = derived.key_of(services, session, version)
    told = json.dumps([sheet.to_json() for sheet in look.sheets]).encode()
    files = [
        derived.seal(services, version, key, [content], kind=kind, number=number, media_type=media, size=size)
        for content, kind, number, media, size in (
            (b"%PDF-1.7\n", "anonpdf", 1000, "application/pdf", None),
            (picture.getvalue(), "anonpage", 1001, "image/webp", (400, 560)),
            (told, "anonlook", 1000, "application/json", None),
        )
    ]
    report = {
        "finds": {"by_kind": {"PERSON_PUPIL": 1}}, "layers": {"comments": 2}, "kept": {}, "other_pupil": [],
        "proof": {"residue": "none"}, "detection": {"rules": "0", "model": "sha256:0"},
        "warnings": [{"code": "context", "text": ""}, {"code": "pictures_on_pages", "text": "", "pages": [1]}],
    }  # fmt: skip
    with services.db.writing() as session:
        row = session.get_one(AnonymisedRendition, rendition_id)
        derived.replace(session, context(services, email), version, ("anonpdf", "anonpage", "anonlook"), files)
        row.state, row.run, row.pages, row.edition, row.made_at = "review", 1, 1, EDITION, services.clock()
        row.identities_mark = mark_of(services, session, session.get_one(Dossier, dossier_id))
        seal_report(services.vault, session, row, report)
        seal_finds(services.vault, session, row, look.groups)
        seal_decisions(services.vault, session, row, Decisions(made=Choices().to_json()))
    return rendition_id


def matter(services: Services, dossier_id: str, email: str = "swv@demo.example", **changes: Any) -> str:
    """A matter that began three weeks ago; returns its id."""
    who = context(services, email)
    new = NewMatter(**{"kind": "admissibility", "started_on": who.today - timedelta(days=21), **changes})
    return keeping.open_matter(services, who, dossier_id, new)


def new_tlv(today: date, **changes: Any) -> NewBesluit:
    """A TLV with every field that BRON asks."""
    values: dict[str, Any] = {
        "kind": "tlv",
        "decided_on": today,
        "signatory": "Dirk Denkbeeld",
        "function": "voorzitter commissie toewijzing",
        "starts_on": today,
        "ends_on": date(today.year + 2, 7, 31),
        "school_type": "sbo",
        "funding": "licht",
        "swv_number": "PO2203",
        "gender": "V",
    }
    return NewBesluit(**{**values, **changes})


def tlv(services: Services, dossier_id: str, matter_id: str, email: str = "swv@demo.example", **changes: Any) -> str:
    """A TLV in a matter; returns its id."""
    who = context(services, email)
    return keeping.decide(services, who, dossier_id, matter_id, new_tlv(who.today, **changes))
