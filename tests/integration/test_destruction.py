"""A destruction from its announcement to its certificate: what must go goes, everywhere, and never half. Both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.context import Context
from gateway.destruction import certificate, clock, run
from gateway.dossiers.tables import Dossier
from gateway.erasure.tables import Destruction
from gateway.ids import new_id
from gateway.notices.tables import Notice
from gateway.vault import renewal
from tests import builders

LAST = date(2029, 11, 23)


def nobody(services):
    return Context(actor=None, now=services.clock(), request_id=new_id())


def go_to(services, day):
    """The clock goes on with the years, and somebody who looks says that it is right."""
    services.clock.now = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC)
    clock.confirm(services, nobody(services))


def ended(services, **changes):
    """A submitted dossier with a document and a TLV that ended today: kept until `LAST`."""
    dossier_id, _ = builders.submitted(services, **changes)
    builders.tlv(services, dossier_id, builders.matter(services, dossier_id))
    return dossier_id


def standing(services, dossier_id):
    with services.db.reading() as session:
        return session.scalars(
            select(Destruction).where(Destruction.dossier_id == dossier_id).order_by(Destruction.announced_at.desc())
        ).first()


def is_there(services, dossier_id):
    with services.db.reading() as session:
        return session.get(Dossier, dossier_id) is not None


def announced(services, dossier_id):
    go_to(services, date(2029, 10, 24))
    ran = run.run(services)
    assert ran.announced == 1, ran
    return standing(services, dossier_id)


def sign_log(services):
    builders.work(services)


def test_a_dossier_is_announced_a_month_ahead_and_destroyed_on_the_day_after_its_last(services):
    dossier_id = ended(services)
    go_to(services, date(2029, 10, 22))
    assert run.run(services).announced == 0
    row = announced(services, dossier_id)
    assert (row.state, row.kept_until, row.due_on, row.article) == (
        "announced",
        LAST,
        LAST + timedelta(days=1),
        "PR12.1",
    )
    with services.db.reading() as session:
        told = set(session.scalars(select(Notice.kind).where(Notice.dossier_id == dossier_id)))
    assert {"destroy_announced"} <= told
    go_to(services, LAST)
    assert run.run(services).erased == 0
    assert is_there(services, dossier_id)
    go_to(services, LAST + timedelta(days=1))
    assert [(each.dossier_id, why) for each, why in run.would_go(services)] == [(dossier_id, "goes")]
    assert is_there(services, dossier_id)
    assert run.run(services).erased == 1
    assert not is_there(services, dossier_id)
    sign_log(services)
    assert run.go_on(services) == 1
    row = standing(services, dossier_id)
    assert row.state == "certified"
    checked = certificate.check(row.certificate, *certificate.public_keys(services.vault.keyring))
    assert (checked.body["state"], checked.body["counts"]["documents"], checked.body["dossier"]) == (
        "voorlopig",
        1,
        dossier_id,
    )
    renewal.renew(services.db, services.vault, nobody(services))
    run.go_on(services)
    row = standing(services, dossier_id)
    checked = certificate.check(row.certificate, *certificate.public_keys(services.vault.keyring))
    assert (row.state, checked.body["state"]) == ("final", "definitief")
    with pytest.raises(certificate.CertificateError):
        certificate.check(row.certificate.replace("PR12.1", "PR12.9"), *certificate.public_keys(services.vault.keyring))
