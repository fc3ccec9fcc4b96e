"""Signed notes and checkpoints after C2SP."""

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit.errors import NoteError
from audit.note import (
    COSIGNATURE,
    ED25519,
    MOST_CHARACTERS,
    Checkpoint,
    Signer,
    VerifierKey,
    add_lines,
    open_checkpoint,
    open_note,
    sign_note,
)

AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
ORIGIN = "log.example/main"


def signer(name=ORIGIN, kind=ED25519, seed=1):
    return Signer(name=name, private=Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32), kind=kind)


LOG = signer()
CLOCK = signer(name=f"{ORIGIN}/time", kind=COSIGNATURE, seed=2)
OTHER = signer(name="other.example", seed=3)
CHECKPOINT = Checkpoint(origin=ORIGIN, size=7, root=b"\x05" * 32)


def test_a_published_cosignature_verifies_with_its_published_form():
    # The key id of the published Go example: name, newline, 0x01 and the key, hashed, first four bytes.
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    line = "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    assert open_note(f"{text}\n{line}", [key]).text == text


def test_a_checkpoint_signed_by_log_and_clock_opens_with_the_time():
    note = sign_note(CHECKPOINT.text, [LOG, CLOCK], at=AT)
    checkpoint, opened = open_checkpoint(note, key=LOG.key, others=[CLOCK.key])
    assert checkpoint == CHECKPOINT
    assert [(each.key, each.at) for each in opened.signatures] == [(LOG.key, None), (CLOCK.key, AT)]
    assert opened.signed_by(CLOCK.key)
    assert not opened.signed_by(OTHER.key)


def test_a_signature_of_an_unknown_key_is_ignored():
    note = sign_note(CHECKPOINT.text, [OTHER, LOG], at=AT)
    assert [each.key for each in open_note(note, [LOG.key]).signatures] == [LOG.key]


def test_a_note_without_a_known_signature_is_refused():
    with pytest.raises(NoteError, match="trusted"):
        open_note(sign_note(CHECKPOINT.text, [OTHER], at=AT), [LOG.key])


def test_a_wrong_signature_of_a_known_key_refuses_the_whole_note():
    wrong = sign_note("another text\n", [CLOCK], at=AT).split("\n\n")[1]
    note = add_lines(sign_note(CHECKPOINT.text, [LOG], at=AT), [wrong])
    open_note(note, [LOG.key])
    with pytest.raises(NoteError, match="wrong"):
        open_note(note, [LOG.key, CLOCK.key])


def test_the_second_line_of_one_key_does_not_count():
    note = sign_note(CHECKPOINT.text, [LOG, LOG], at=AT)
    assert len(open_note(note, [LOG.key]).signatures) == 1


def test_a_checkpoint_needs_the_log_itself():
    note = sign_note(CHECKPOINT.text, [CLOCK], at=AT)
    with pytest.raises(NoteError, match="log's key"):
        open_checkpoint(note, key=LOG.key, others=[CLOCK.key])


def test_a_checkpoint_of_another_log_is_refused():
    other = Checkpoint(origin="log.example/other", size=7, root=b"\x05" * 32)
    with pytest.raises(NoteError, match="another log"):
        open_checkpoint(sign_note(other.text, [LOG], at=AT), key=LOG.key)


@given(st.data())
def test_no_changed_byte_of_a_checkpoint_is_accepted(data):
    note = sign_note(CHECKPOINT.text, [LOG], at=AT)
    place = data.draw(st.integers(0, len(note) - 1))
    changed = note[:place] + data.draw(st.characters().filter(lambda each: each != note[place])) + note[place + 1 :]
    with pytest.raises(NoteError):
        open_checkpoint(changed, key=LOG.key)


def test_a_second_spelling_of_a_signature_is_refused():
    note = sign_note(CHECKPOINT.text, [LOG], at=AT)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    last = note[-3]  # the two low bits of the last letter before = carry nothing
    assert note.endswith("=\n")
    changed = note[:-3] + alphabet[alphabet.index(last) ^ 1] + "=\n"
    with pytest.raises(NoteError, match="one spelling"):
        open_note(changed, [LOG.key])


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        "text\n\nno dash\n",
        "text\n\n\u2014 name\n",
        "text\n\n\u2014 name ????\n",
        "text\n\n\u2014 name AAAA\n",
        "text\n\n\u2014 na+me AAAAAAAAAAAA\n",
        "text\twith tab\n\n\u2014 name AAAAAAAAAAAA\n",
        "text\ud800\n\n\u2014 name AAAAAAAAAAAA\n",
        "text\n\n" + "\u2014 name AAAAAAAAAAAA\n" * 65,
        "x" * (MOST_CHARACTERS + 1),
        "text\n\n\u2014 name AAAAAAAAAAAA",
    ],
)
def test_a_note_of_another_form_is_refused(note):
    with pytest.raises(NoteError):
        open_note(note, [LOG.key])


def test_a_short_signature_and_a_time_that_does_not_exist_are_refused():
    for blob in (LOG.key.key_id + b"short", CLOCK.key.key_id + b"\xff" * 72):
        name = LOG.name if blob.endswith(b"short") else CLOCK.name
        note = f"text\n\n\u2014 {name} {base64.b64encode(blob).decode()}\n"
        with pytest.raises(NoteError):
            open_note(note, [LOG.key, CLOCK.key])


@pytest.mark.parametrize("text", ["no newline", "a\x00b\n", "a\rb\n"])
def test_a_text_that_no_note_can_carry_is_not_signed(text):
    with pytest.raises(NoteError):
        sign_note(text, [LOG], at=AT)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{ORIGIN}\n7\n",
        f"{ORIGIN}\n07\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n-1\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n9999999999999999999\n{base64.b64encode(bytes(32)).decode()}\n",
        f"\n7\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n7\n{base64.b64encode(bytes(31)).decode()}\n",
        f"{ORIGIN}\n7\n{base64.b64encode(bytes(32)).decode()}\nextension\n",
        f"{ORIGIN}\n7\n{base64.b64encode(bytes(32)).decode()[:-2]}B=\n",
        f"{ORIGIN}\n7\n{base64.b64encode(bytes(32)).decode()}",
    ],
)
def test_a_checkpoint_has_exactly_three_lines_of_one_form(text):
    with pytest.raises(NoteError):
        Checkpoint.parse(text)


@pytest.mark.parametrize("key", [LOG.key, CLOCK.key])
def test_a_key_reads_back_from_its_text(key):
    assert VerifierKey.parse(str(key)) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000+AQ==",
        "a b+00000000+AAAA",
        str(LOG.key).replace(ORIGIN, "other"),
        f"{ORIGIN}+00000000+====",
        str(LOG.key)[:-4],
    ],
)
def test_a_text_that_is_no_key_is_refused(text):
    with pytest.raises(NoteError):
        VerifierKey.parse(text)


def test_a_private_key_stays_out_of_the_text_form():
    assert "private" not in repr(LOG)
