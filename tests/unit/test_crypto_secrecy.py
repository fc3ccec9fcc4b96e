"""No key and no plaintext in any exception text, repr or log of the package, whatever goes wrong."""

import base64
import logging
import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from crypto import escrow, fields, keyring_state, keys, package, rescue, signing, stream
from crypto.context import SealContext
from crypto.errors import CryptoError
from crypto.keyring_file import root_material, root_text, seal_state
from crypto.keyring_loaded import LoadedKeyring

KEY, WRAPPED = bytes(range(100, 132)), bytes(range(60, 92))
PLAIN = b"Fictief-geheime-zin-van-niemand. " * 1000
HERE, THERE = SealContext(purpose="a", dossier="d1"), SealContext(purpose="a", dossier="d2")
SEALED, FIELD = stream.seal_bytes(KEY, HERE, PLAIN), fields.seal_field(KEY, HERE, PLAIN)
WRAP = keys.wrap_key(KEY, "k.1", WRAPPED, HERE)
SIGNER = Ed25519PrivateKey.from_private_bytes(KEY)
TOO_LONG = package.PackageFile(name="a", size=1, chunks=[PLAIN])

FAILURES = {
    "stream in another context": lambda: stream.open_bytes(KEY, THERE, SEALED),
    "stream cut": lambda: stream.open_bytes(KEY, HERE, SEALED[:-1]),
    "stream changed after its first chunk": lambda: list(stream.open_stream(KEY, HERE, [SEALED[:20000], b"x"])),
    "field in another context": lambda: fields.open_field(KEY, THERE, FIELD),
    "field cut": lambda: fields.open_field(KEY, HERE, FIELD[:20]),
    "wrap in another context": lambda: keys.unwrap_key(KEY, "k.1", WRAP, THERE),
    "wrap by another key": lambda: keys.unwrap_key(WRAPPED, "k.1", WRAP, HERE),
    "key too short": lambda: fields.seal_field(KEY[:16], HERE, PLAIN),
    "wrapped key too short": lambda: keys.wrap_key(KEY, "k.1", WRAPPED[:16], HERE),
    "package with a wrong size": lambda: list(package.pack([TOO_LONG], {"x": PLAIN.decode()}, SIGNER)),
    "signature for another purpose": lambda: signing.verify([], "p", PLAIN, signing.sign(SIGNER, "q", PLAIN)),
    "root secret with a typing error": lambda: root_material(root_text(KEY).replace("a", "b").encode()),
    "sheets that are too few": lambda: escrow.restore(escrow.split(KEY, sheets=3, needed=2)[:1]),
}


def assert_tells_nothing(told: str) -> None:
    for secret in (KEY, WRAPPED, PLAIN[:32], KEY[:16], WRAPPED[:16]):
        forms = (secret.hex(), repr(secret)[2:-1], repr(bytearray(secret)), base64.b64encode(secret).decode()[:20])
        assert not [form for form in forms if form in told]
    assert "geheime-zin" not in told
    assert root_text(KEY)[5:25] not in told


@pytest.mark.parametrize("name", FAILURES)
def test_an_error_tells_neither_key_nor_plaintext(name: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(CryptoError) as caught:
        FAILURES[name]()
    chain: BaseException | None = caught.value
    told = ["".join(traceback.format_exception(caught.value)), caplog.text]
    while chain is not None:
        told += [str(chain), repr(chain)]
        chain = chain.__cause__ or chain.__context__
    assert_tells_nothing("\n".join(told))


def test_nothing_that_holds_a_key_shows_it_in_its_repr() -> None:
    held = keyring_state.PeriodKey(id="a.1", organisation="o", period="p", version=1, live=True, secret=KEY)
    signs = keyring_state.SigningKey(id="s", purpose="p", public=bytes(32), current=True, private=KEY)
    state = keyring_state.KeyringState(
        generation=1, installation=WRAPPED, keys={held.id: held}, signing={signs.id: signs}
    )
    loaded = LoadedKeyring(state=state)
    shown = [held, signs, state, loaded, loaded.wrapping_key("a.1"), HERE, TOO_LONG]
    (sheet,) = escrow.split(KEY, sheets=1, needed=1)
    shown += [
        sheet,
        rescue.Rescue(keyring=loaded, lines=[{"key": "x", "wrapped": KEY}]),
    ]
    shown += [stream.SealingSink(KEY, HERE, lambda _: None)]
    told = "\n".join(map(repr, shown))
    assert_tells_nothing(told)
    assert repr(sheet) == "Sheet(number=1, needed=1)"  # no word of it


def test_the_rescue_tells_only_which_kind_of_error_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = bytes(range(32))
    (tmp_path / "keyring").write_bytes(seal_state(keyring_state.KeyringState(generation=1, installation=KEY), root))
    (tmp_path / "root").write_bytes(root_text(root).encode())
    line = {"field": base64.b64encode(FIELD).decode(), "key": "k.1", "context": HERE.as_dict()}
    (tmp_path / "wraps").write_text(f"{line}\n".replace("'", '"'))
    given = {"keyring": "keyring", "root-secret-file": "root", "wraps": "wraps", "objects": ".", "out": "out"}
    arguments = [part for name, value in given.items() for part in (f"--{name}", str(tmp_path / value))]
    assert rescue.main(arguments) == 1
    told = capsys.readouterr()
    index = (tmp_path / "out" / "index.jsonl").read_text()
    assert '"why": "DecryptError"' in index
    assert_tells_nothing(told.out + told.err + index)
