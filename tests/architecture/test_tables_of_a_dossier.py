"""Every table and every place in storage says what becomes of it when a dossier is destroyed (ADR 17)."""

from __future__ import annotations

import pytest

import gateway.tables  # noqa: F401 - registers every table
from audit.tables import metadata as log
from gateway.db import Base
from gateway.destruction.shares import SHARES
from retention.erasers import ErasersError, Share, unregistered

TABLES = Base.metadata.tables


def listed(name):
    return {table for share in SHARES for table in getattr(share, name)}


def test_every_table_stands_in_one_list_of_one_slice():
    assert unregistered(SHARES, [*TABLES, *log.tables]) == {}, "say in the slice's erasers.py what becomes of its rows"


def test_a_table_that_nobody_registered_is_found():
    assert unregistered(SHARES, [*TABLES, *log.tables, "forgotten"]) == {
        "forgotten": "no slice says what becomes of it"
    }
    twice = (*SHARES, Share(slice="another", stays=("dossier", "nowhere")))
    assert set(unregistered(twice, [*TABLES, *log.tables])) == {"dossier", "nowhere"}
    with pytest.raises(ErasersError):
        Share(slice="silent", erased=("dossier",))


def test_what_names_a_dossier_is_never_called_of_nobody():
    naming = {name for name, table in TABLES.items() if "dossier_id" in table.c or "subject_id" in table.c}
    elsewhere = {"signal"}  # its subject may be anything; its dossier is what is erased
    assert not (naming - elsewhere) & (listed("of_nobody") | listed("of_accounts"))


def test_what_follows_hangs_by_foreign_keys_under_a_row_that_is_erased():
    goes = listed("erased") | {"peer_message"}  # the case's slice erases the thread's messages
    pending = listed("follows") - goes
    while True:
        found = {name for name in pending if _cascades(name, goes)}
        if not found:
            break
        goes, pending = goes | found, pending - found
    assert not pending, "these rows would stay"


def test_nothing_that_stays_keeps_a_row_of_the_dossier_alive():
    erased = listed("erased") | listed("follows")
    for name in set(TABLES) - erased:
        for key in TABLES[name].foreign_keys:
            assert key.column.table.name not in erased or key.ondelete == "CASCADE" or name == "erasure", name


def test_every_column_that_names_an_object_in_storage_is_registered():
    columns = {f"{name}.object_key" for name, table in TABLES.items() if "object_key" in table.c}
    assert columns == listed("objects"), "an object that no slice knows of would outlive its dossier"


def _cascades(name, goes):
    return any(key.ondelete == "CASCADE" and key.column.table.name in goes for key in TABLES[name].foreign_keys)
