"""Contexts, fields, wraps, signatures and name tokens."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import example, given
from hypothesis import strategies as st

from crypto import fields, keys, signing, tokens
from crypto.context import SealContext
from crypto.errors import CryptoError, DecryptError, SignatureError

KEY = bytes(range(32))
OTHER_KEY = bytes(range(1, 33))
CONTEXT = SealContext(purpose="field", organisation="o1", dossier="d1", document="", version="1")
texts = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)
contexts = st.builds(
    SealContext, purpose=texts.filter(bool), organisation=texts, dossier=texts, document=texts, version=texts
)


@given(one=contexts, two=contexts)
def test_two_contexts_encode_alike_only_when_they_are_alike(one: SealContext, two: SealContext) -> None:
    assert (one.encode() == two.encode()) == (one == two)


@given(context=contexts)
def test_a_context_can_be_made_again_from_its_fields(context: SealContext) -> None:
    assert SealContext(**context.as_dict()) == context


def test_what_moves_from_one_field_to_the_next_changes_the_encoding() -> None:
    one = SealContext(purpose="p", organisation="ab", dossier="c")
    two = SealContext(purpose="p", organisation="a", dossier="bc")
    assert one.encode() != two.encode()


def test_the_encoding_is_the_documented_one() -> None:
    context = SealContext(purpose="p", organisation="é", version="12")
    assert context.encode() == b"\x01\x00\x01p\x00\x02\xc3\xa9\x00\x00\x00\x00\x00\x0212"


@pytest.mark.parametrize("wrong", [{"purpose": ""}, {"purpose": "p", "dossier": "x" * 65_536}, {"purpose": "\ud800"}])
def test_a_context_that_cannot_be_encoded_fails_where_it_is_made(wrong: dict) -> None:
    with pytest.raises(ValueError):
        SealContext(**wrong)


@given(plain=st.binary(max_size=200), context=contexts)
def test_a_sealed_field_opens_again(plain: bytes, context: SealContext) -> None:
    assert fields.open_field(KEY, context, fields.seal_field(KEY, context, plain)) == plain


@given(plain=st.binary(max_size=40), data=st.data())
def test_a_changed_field_is_refused(plain: bytes, data: st.DataObject) -> None:
    sealed = bytearray(fields.seal_field(KEY, CONTEXT, plain))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DecryptError):
        fields.open_field(KEY, CONTEXT, bytes(sealed))


@given(data=st.data())
def test_a_cut_or_lengthened_field_is_refused(data: st.DataObject) -> None:
    sealed = fields.seal_field(KEY, CONTEXT, b"value")
    for changed in (sealed[: data.draw(st.integers(0, len(sealed) - 1))], sealed + b"\0"):
        with pytest.raises(DecryptError):
            fields.open_field(KEY, CONTEXT, changed)


def test_a_field_opens_in_no_other_context_and_with_no_other_key() -> None:
    sealed = fields.seal_field(KEY, CONTEXT, b"value")
    with pytest.raises(DecryptError):
        fields.open_field(KEY, SealContext(purpose="field", organisation="o1", dossier="d2", version="1"), sealed)
    with pytest.raises(DecryptError):
        fields.open_field(OTHER_KEY, CONTEXT, sealed)


def test_a_field_never_seals_to_the_same_bytes_twice() -> None:
    assert len({fields.seal_field(KEY, CONTEXT, b"value") for _ in range(20)}) == 20


@pytest.mark.parametrize("key", [b"", bytes(16), bytes(33)])
def test_fields_and_wraps_refuse_a_key_of_another_length(key: bytes) -> None:
    with pytest.raises(CryptoError):
        fields.seal_field(key, CONTEXT, b"")
    with pytest.raises(CryptoError):
        fields.open_field(key, CONTEXT, b"")
    with pytest.raises(CryptoError):
        keys.wrap_key(KEY, "k.1", key, CONTEXT)
    with pytest.raises(CryptoError):
        keys.wrap_key(key, "k.1", KEY, CONTEXT)


ids = st.text(alphabet=st.characters(max_codepoint=127), min_size=1, max_size=255)


@given(key_id=ids, context=contexts)
def test_a_wrapped_key_opens_again_and_names_its_wrapping_key(key_id: str, context: SealContext) -> None:
    wrapped = keys.wrap_key(KEY, key_id, OTHER_KEY, context)
    assert keys.unwrap_key(KEY, key_id, wrapped, context) == OTHER_KEY
    assert keys.wrapped_by(wrapped) == key_id


@given(data=st.data())
def test_a_changed_wrap_is_refused(data: st.DataObject) -> None:
    wrapped = bytearray(keys.wrap_key(KEY, "period.3", OTHER_KEY, CONTEXT))
    bit = data.draw(st.integers(0, len(wrapped) * 8 - 1))
    wrapped[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DecryptError):
        keys.unwrap_key(KEY, "period.3", bytes(wrapped), CONTEXT)


def test_a_wrap_opens_with_no_other_key_id_context_or_length() -> None:
    wrapped = keys.wrap_key(KEY, "period.3", OTHER_KEY, CONTEXT)
    attempts = [
        (OTHER_KEY, "period.3", wrapped, CONTEXT),
        (KEY, "period.4", wrapped, CONTEXT),
        (KEY, "period.3", wrapped[:-1], CONTEXT),
        (KEY, "period.3", wrapped + b"\0", CONTEXT),
        (KEY, "period.3", wrapped, SealContext(purpose="other")),
        (KEY, "period.3", keys.wrap_key(KEY, "period.2", OTHER_KEY, CONTEXT), CONTEXT),
    ]
    for attempt in attempts:
        with pytest.raises(DecryptError):
            keys.unwrap_key(*attempt)


def test_a_wrap_renamed_to_another_key_id_is_refused_even_under_the_same_key() -> None:
    wrapped = keys.wrap_key(KEY, "period.3", OTHER_KEY, CONTEXT).replace(b"period.3", b"period.4")
    with pytest.raises(DecryptError):
        keys.unwrap_key(KEY, "period.4", wrapped, CONTEXT)


@pytest.mark.parametrize("key_id", ["", "é", "x" * 256])
def test_a_key_id_that_cannot_be_written_is_refused(key_id: str) -> None:
    with pytest.raises(CryptoError):
        keys.wrap_key(KEY, key_id, OTHER_KEY, CONTEXT)


@given(junk=st.binary(max_size=100))
@example(junk=b"")
@example(junk=b"\x01\x00")  # a wrap that names no key
@example(junk=b"\x01\x01\xff" + b"\0" * 47)  # a key's id that is not ASCII
def test_something_that_is_no_wrap_names_no_key(junk: bytes) -> None:
    with pytest.raises(DecryptError):
        keys.wrapped_by(b"\x02" + junk)
    with pytest.raises(DecryptError):
        keys.wrapped_by(junk[:50])
    with pytest.raises(DecryptError):
        keys.wrapped_by(b"\x01\x01\xff" + bytes(60))


# -- signatures --------------------------------------------------------------------------------------------------------

SIGNER = Ed25519PrivateKey.from_private_bytes(KEY)
PUBLISHED = signing.PublicKey(
    key_id=signing.key_id_of(SIGNER.public_key()),
    purpose="receipt",
    raw=SIGNER.public_key().public_bytes_raw(),
    current=True,
)
STRANGER = Ed25519PrivateKey.from_private_bytes(OTHER_KEY)


@given(message=st.binary(max_size=100))
def test_a_signature_verifies_and_tells_whose_it_is(message: bytes) -> None:
    assert signing.verify([PUBLISHED], "receipt", message, signing.sign(SIGNER, "receipt", message)) == PUBLISHED


def test_a_signature_counts_for_no_other_message_purpose_or_key() -> None:
    signature = signing.sign(SIGNER, "receipt", b"message")
    for_other_purpose = signing.PublicKey(
        key_id=PUBLISHED.key_id, purpose="checkpoint", raw=PUBLISHED.raw, current=True
    )
    misnamed = signing.PublicKey(
        key_id=PUBLISHED.key_id, purpose="receipt", raw=STRANGER.public_key().public_bytes_raw(), current=True
    )
    attempts = [
        ([PUBLISHED], "receipt", b"Message", signature),
        ([PUBLISHED], "checkpoint", b"message", signature),
        ([for_other_purpose], "checkpoint", b"message", signature),
        ([], "receipt", b"message", signature),
        ([PUBLISHED], "receipt", b"message", signing.sign(STRANGER, "receipt", b"message")),
        ([PUBLISHED], "receipt", b"message", signing.Signature(key_id=PUBLISHED.key_id, value=bytes(64))),
        ([PUBLISHED], "receipt", b"message", signing.Signature(key_id=PUBLISHED.key_id, value=b"")),
        ([misnamed], "receipt", b"message", signature),
    ]
    for attempt in attempts:
        with pytest.raises(SignatureError):
            signing.verify(*attempt)


@pytest.mark.parametrize("purpose", ["", "x" * 256])
def test_a_signature_needs_a_purpose(purpose: str) -> None:
    with pytest.raises(CryptoError):
        signing.sign(SIGNER, purpose, b"message")


def test_the_publication_holds_the_public_half_only() -> None:
    document = signing.publication([PUBLISHED])
    assert document == {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "kid": "56475aa75463474c",
                "use": "sig",
                "x": "A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg",
                "purpose": "receipt",
                "current": True,
            }
        ]
    }


# -- tokens ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ("Jan van der Bérg-de Vries", ["jan", "berg", "vries"]),
        ("JAN VAN DER BERG", ["jan", "berg"]),
        ("'t Hart", ["hart"]),
        ("\u2018t Hart", ["hart"]),
        ("O\u2019Brien", ["obrien"]),
        ("d'Hondt", ["hondt"]),
        ("'s-Gravesande", ["gravesande"]),
        ("in 't Veld", ["veld"]),
        ("op 't d'Hof", ["hof"]),
        ("Van", ["van"]),
        ("van den", ["van", "den"]),
        ("Łukasz Ørsted", ["lukasz", "orsted"]),
        ("Zoë\u0301 \u0132ssel", ["zoe", "ijssel"]),
        ("Ayşe Y\u0131lmaz", ["ayse", "yilmaz"]),
        ("İpek", ["ipek"]),
        ("Straße", ["strasse"]),
        ("Anne-Marie  Anne", ["anne", "marie"]),
        ("محمد", ["محمد"]),
        ("D'", ["d"]),
        ("de la_Cruz", ["cruz"]),
        ("", []),
        (" - ' ", []),
    ],
)
def test_a_name_gives_its_whole_parts_however_it_is_typed(typed: str, parts: list[str]) -> None:
    assert tokens.normalise_name(typed) == parts


@given(name=st.text(max_size=30))
def test_normalising_a_part_again_changes_nothing_and_leaves_no_blank(name: str) -> None:
    parts = tokens.normalise_name(name)
    assert all(part.strip() == part != "" for part in parts)
    assert len(set(parts)) == len(parts)


def test_numbers_and_addresses_are_looked_up_in_one_form() -> None:
    assert tokens.normalise_number(" 1234.56-782\u00a0") == "123456782"
    assert tokens.normalise_number("\u0661\u0662\u00b2") == "122"
    assert tokens.normalise_email("  Ib@School.Example ") == "ib@school.example"
