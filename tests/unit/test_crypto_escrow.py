"""Escrow: enough sheets give the root secret back, fewer give nothing, and it opens the keyring of now only."""

import itertools
from datetime import date
from pathlib import Path

import pytest
import shamir_mnemonic
from hypothesis import given
from hypothesis import strategies as st

from crypto import escrow
from crypto.errors import KeyringError
from crypto.keyring import FileKeyring, generate_root_secret
from crypto.keyring_file import open_state
from tests.vectors.crypto import make_vectors

SECRET = generate_root_secret()
DAY = date(2026, 11, 22)


def sheets(count: int = 3, needed: int = 2) -> tuple[escrow.Sheet, ...]:
    return escrow.split(SECRET.encode(), sheets=count, needed=needed)


def texts(made: tuple[escrow.Sheet, ...]) -> list[str]:
    return [" ".join(sheet.words) for sheet in made]


@pytest.mark.parametrize(("count", "needed"), [(1, 1), (2, 2), (3, 2), (5, 3), (16, 16)])
def test_any_sheets_that_are_enough_give_the_root_secret_back_and_fewer_do_not(count: int, needed: int) -> None:
    made = sheets(count, needed)
    assert len({sheet.name for sheet in made}) == 1
    for chosen in itertools.islice(itertools.combinations(made, needed), 4):
        assert escrow.restore(chosen) == SECRET
    with pytest.raises(KeyringError, match=r"different sheets are needed|do not belong together"):
        escrow.restore(made[: needed - 1])
    assert escrow.restore([*made, *made]) == SECRET, "more than enough, and one twice, does no harm"


@pytest.mark.parametrize(("count", "needed"), [(0, 0), (2, 1), (2, 3), (17, 2)])
def test_numbers_that_make_no_sense_are_refused(count: int, needed: int) -> None:
    with pytest.raises(KeyringError, match="2 to 16"):
        sheets(count, needed)


def test_a_root_secret_of_our_own_form_only_is_shared_out() -> None:
    with pytest.raises(KeyringError, match="32 bytes"):
        escrow.split(b"x" * 40, sheets=3, needed=2)


def test_another_program_that_knows_slip_39_puts_the_sheets_together() -> None:
    raw = shamir_mnemonic.combine_mnemonics(texts(sheets())[1:])
    assert len(raw) == 32
    assert escrow.root_text(raw) == SECRET


def test_a_sheet_is_read_as_printed_and_as_people_type_it() -> None:
    sheet = sheets()[1]
    page = escrow.printed(sheet, total=3, about=["Reeks: iets", "Bewaar 2 van de 3 bladen."])
    assert page.count("\n") < 60
    assert max(map(len, page.splitlines())) < 90
    typed = " ".join(sheet.words)
    short = "\n".join(f"{number}. {word[:4].upper()}" for number, word in enumerate(sheet.words, start=1))
    assert [escrow.read_sheet(text) for text in (page, typed, short)] == [sheet] * 3
    assert repr(sheet) == "Sheet(number=2, needed=2)"  # no word of it


@given(st.integers(0, 32), st.sampled_from(sorted(escrow._BY_START.values())))
def test_one_wrong_word_anywhere_is_seen(place: int, word: str) -> None:
    words = list(sheets()[0].words)
    if words[place] != word:
        words[place] = word
        with pytest.raises(KeyringError, match="check on this sheet"):
            escrow.read_sheet(" ".join(words))


def test_what_is_wrong_with_a_sheet_is_told_without_its_words() -> None:
    words = make_vectors.SHEETS[0].split()
    told = []
    for typed in (
        "",
        " ".join(words[:-1]),
        " ".join([*words, "acid"]),
        " ".join([*words[:5], "zzzz", *words[6:]]),
        "ac",
    ):
        with pytest.raises(KeyringError) as caught:
            escrow.read_sheet(typed)
        assert caught.value.__cause__ is None
        assert caught.value.__suppress_context__ or caught.value.__context__ is None
        told.append(str(caught.value))
    assert "word 6 is not in the list" in told[3]
    assert not any(word in text for word in words[4:] for text in told)


def test_two_words_that_changed_places_are_seen() -> None:
    words = list(sheets()[0].words)
    other = next(number for number in range(5, 33) if words[number] != words[4])
    words[4], words[other] = words[other], words[4]
    with pytest.raises(KeyringError, match="check on this sheet"):
        escrow.read_sheet(" ".join(words))


def test_sheets_of_two_sets_do_not_go_together() -> None:
    one, other = sheets(), sheets()
    while other[0].name == one[0].name:
        other = sheets()
    with pytest.raises(KeyringError, match="first two words"):
        escrow.restore([one[0], other[1]])
    # Forged to look like one set: the check of the shares themselves says no, and tells nothing.
    forged = escrow.Sheet(number=2, needed=2, words=(*one[1].words[:2], *other[1].words[2:]))
    with pytest.raises(KeyringError, match="do not belong together") as caught:
        escrow.restore([one[0], forged])
    assert caught.value.__cause__ is None


# -- in the keyring ----------------------------------------------------------------------------------------------------


@pytest.fixture
def keyring(tmp_path: Path) -> FileKeyring:
    return FileKeyring.create(tmp_path / "keys" / "keyring", SECRET.encode())


def test_an_escrow_is_registered_and_outdated_by_a_new_root_secret(keyring: FileKeyring) -> None:
    made, printed = keyring.make_escrow(sheets=3, needed=2, on=DAY)
    assert keyring.escrows() == (made,)
    assert (made.name, made.sheets, made.needed, made.made_on) == (printed[0].name, 3, 2, DAY)
    assert made.root_id == keyring.root_id == escrow.root_id(escrow.restore(printed).encode())
    raw = keyring._path.read_bytes()
    open_state(raw, escrow.restore(printed).encode())
    keyring.rotate_root(generate_root_secret().encode())
    assert keyring.escrows()[0].root_id != keyring.root_id
    with pytest.raises(KeyringError, match="wrong root secret"):
        open_state(keyring._path.read_bytes(), escrow.restore(printed).encode())
    keyring.forget_escrow(made.name)
    assert keyring.escrows() == ()


def test_two_sets_never_have_one_name(keyring: FileKeyring, monkeypatch: pytest.MonkeyPatch) -> None:
    first = sheets()
    given = iter([first, first, sheets(2, 2)])
    monkeypatch.setattr("crypto.keyring.split", lambda *_, **__: next(given))
    one, _ = keyring.make_escrow(sheets=3, needed=2, on=DAY)
    other, _ = keyring.make_escrow(sheets=2, needed=2, on=DAY)
    assert {one.name, other.name} == {escrow.name for escrow in keyring.escrows()}
    assert one.name != other.name


def test_what_an_escrow_opens_holds_no_destroyed_key(keyring: FileKeyring) -> None:
    gone = keyring.ensure_period_key("o1", "2026Q3")
    bytes_of_it = keyring._current().state.keys[gone].secret
    _, printed = keyring.make_escrow(sheets=1, needed=1, on=DAY)
    keyring.destroy(gone)
    state = open_state(keyring._path.read_bytes(), escrow.restore(printed).encode())
    assert gone not in state.keys
    assert bytes_of_it not in {key.secret for key in state.keys.values()}
