"""Makes the vectors of audit/FORMAT.md, the same bytes each time: ``python tests/vectors/audit/make.py``.

The keys are test keys made from constant bytes: they are public and prove nothing.
"""

import base64
import json
import sys
import zlib
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import merkle
from audit.events import Action, Event, Outcome, canonical_bytes, commitment_of, payload_text
from audit.note import COSIGNATURE, Checkpoint, Signer, sign_note
from audit.verify import RECEIPT_FORMAT

AT = datetime(2026, 3, 1, 9, 5, tzinfo=UTC)
LOG = Signer(name="log.example/vectors", private=Ed25519PrivateKey.from_private_bytes(b"\x11" * 32))
CLOCK = Signer(
    name="log.example/vectors/time", private=Ed25519PrivateKey.from_private_bytes(b"\x22" * 32), kind=COSIGNATURE
)
WITNESS = Signer(
    name="witness.example/partner", private=Ed25519PrivateKey.from_private_bytes(b"\x44" * 32), kind=COSIGNATURE
)
STRANGER = Signer(name=LOG.name, private=Ed25519PrivateKey.from_private_bytes(b"\x33" * 32))
SIZE = 11


def event(number, **changes):
    fields = {
        "action": Action.CONSULT,
        "outcome": Outcome.SUCCESS,
        "at": AT.replace(second=number),
        "software": "dossierpoort 0.1",
    }
    return Event(event_id=f"{number:032x}", **{**fields, **changes})


def plain(number, payload):
    return payload_text({"payload": payload, "salt": f"{number:02x}" * 32})


DISCLOSED = event(
    3,
    action=Action.DISCLOSE,
    actor="b5f1",
    role="swv-medewerker",
    organisation="0c77",
    tenant="9d10",
    purpose="ondersteuning",
    legal_basis="toestemming",
    article="PR9.3",
    profile="voorbeeld@1",
    object_type="document",
    object_id="77aa",
    dossier="d0d0",
    network="192.0.2.0/24",
    request_id="r1",
)
INSIDE = {
    3: plain(3, {"documents": ["verslag"], "recipient": "Voorbeeldinstelling é"}),
    6: "this is not JSON",
    7: '{"payload":[],"salt":""}',
    8: '{"salt":""}',
}
ENTRIES = [
    canonical_bytes(
        DISCLOSED if number == 3 else event(number),
        commitment_of(INSIDE[number].encode()) if number in INSIDE else None,
    )
    for number in range(SIZE)
]
ENTRIES[5] = b"these bytes are no event"
ENTRIES[9] = ENTRIES[9].replace(b'"dossierpoort 0.1"', b"null")


def read(level, index):
    return (
        merkle.leaf_hash(ENTRIES[index])
        if level == 0
        else merkle.node_hash(read(level - 1, 2 * index), read(level - 1, 2 * index + 1))
    )


def note(size=SIZE, origin=LOG.name, signers=(LOG, CLOCK)):
    return sign_note(Checkpoint(origin=origin, size=size, root=merkle.root_hash(size, read)).text, signers, at=AT)


def receipt(index, *, payload=None, **changes):
    record = {
        "format": RECEIPT_FORMAT,
        "event": ENTRIES[index].decode(),
        "payload": payload,
        "leaf_index": index,
        "proof": [base64.b64encode(each).decode() for each in merkle.inclusion_proof(index, SIZE, read)],
        "checkpoint": note(),
        "keys": [str(LOG.key), str(CLOCK.key)],
    }
    return json.dumps({**record, **changes}, ensure_ascii=False, indent=1) + "\n"


def respelled(text):
    """Other base64 for the same 32 bytes: the last letter carries two bits that mean nothing."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return text[:-2] + alphabet[alphabet.index(text[-2]) ^ 1] + "="


def receipts():
    """Each receipt with the outcome it must have."""
    good = receipt(3, payload=INSIDE[3])
    proof = json.loads(good)["proof"]
    wrong_time = note().replace(
        note(signers=(CLOCK,)).split(" ")[-1],
        note(signers=(Signer(name=CLOCK.name, private=STRANGER.private, kind=COSIGNATURE),)).split(" ")[-1],
    )
    line = note(signers=(CLOCK,)).rstrip("\n").rsplit(" ", 1)[-1]
    broken = base64.b64decode(line)
    broken = base64.b64encode(broken[:-1] + bytes([broken[-1] ^ 1])).decode()
    return {
        "valid-opened": (good, "valid"),
        "valid-unopened": (receipt(3), "valid"),
        "valid-without-payload": (receipt(0), "valid"),
        "valid-unknown-cosigner": (receipt(3, payload=INSIDE[3], checkpoint=wrong_time), "valid"),
        "valid-log-key-only": (receipt(3, checkpoint=note(signers=(LOG,))), "valid"),
        "form-not-json": ("receipt\n", "form"),
        "form-list": ("[]\n", "form"),
        "form-other-format": (receipt(3, format="dossierpoort-receipt/2"), "form"),
        "form-extra-member": (receipt(3, extra=1), "form"),
        "form-member-twice": (good.replace('"leaf_index": 3', '"leaf_index": 4,\n "leaf_index": 3'), "form"),
        "form-index-is-text": (receipt(3, leaf_index="3"), "form"),
        "form-index-is-true": (receipt(1, leaf_index=True), "form"),
        "form-proof-is-text": (receipt(3, proof="AAAA"), "form"),
        "form-proof-not-base64": (receipt(3, proof=["????"]), "form"),
        "form-proof-respelled": (receipt(3, proof=[respelled(proof[0]), *proof[1:]]), "form"),
        "form-proof-of-numbers": (receipt(3, proof=[1]), "form"),
        "form-payload-is-object": (receipt(3, payload={"a": 1}), "form"),
        "form-half-character": (receipt(3, payload="x").replace('"x"', '"\\ud800"'), "form"),
        "checkpoint-no-note": (receipt(3, checkpoint="text"), "checkpoint"),
        "checkpoint-size-changed": (receipt(3, checkpoint=note().replace("\n11\n", "\n12\n", 1)), "checkpoint"),
        "checkpoint-other-key": (receipt(3, checkpoint=note(signers=(STRANGER, CLOCK))), "checkpoint"),
        "checkpoint-other-log": (receipt(3, checkpoint=note(origin="log.example/other")), "checkpoint"),
        "checkpoint-not-signed-by-log": (receipt(3, checkpoint=note(signers=(CLOCK,))), "checkpoint"),
        "checkpoint-cosignature-broken": (receipt(3, checkpoint=note().replace(line, broken)), "checkpoint"),
        "proof-event-changed": (good.replace("disclose", "consult"), "proof"),
        "proof-event-respelled": (receipt(3, event=ENTRIES[3].decode().replace('","', '", "', 1)), "proof"),
        "proof-other-index": (receipt(3, leaf_index=4), "proof"),
        "proof-index-outside": (receipt(3, leaf_index=SIZE), "proof"),
        "proof-index-negative": (receipt(3, leaf_index=-1), "proof"),
        "proof-too-short": (receipt(3, proof=proof[:-1]), "proof"),
        "proof-too-long": (receipt(3, proof=[*proof, proof[0]]), "proof"),
        "proof-hash-changed": (receipt(3, proof=[proof[1], proof[0], *proof[2:]]), "proof"),
        "proof-hash-too-short": (receipt(3, proof=[proof[0][:40], *proof[1:]]), "proof"),
        "event-is-none": (receipt(5), "event"),
        "event-without-software": (receipt(9), "event"),
        "payload-changed": (receipt(3, payload=INSIDE[3].replace("verslag", "advies")), "payload"),
        "payload-of-an-event-without": (receipt(0, payload=INSIDE[3]), "payload"),
        "payload-not-json": (receipt(6, payload=INSIDE[6]), "payload"),
        "payload-no-object": (receipt(7, payload=INSIDE[7]), "payload"),
        "payload-missing-inside": (receipt(8, payload=INSIDE[8]), "payload"),
        "form-truncated": (good[: len(good) * 2 // 3], "form"),
        "form-empty": ("", "form"),
        "form-index-is-fraction": (good.replace('"leaf_index": 3', '"leaf_index": 3.0'), "form"),
        "form-trailing-text": (good + "{}", "form"),
        "proof-index-huge": (good.replace('"leaf_index": 3', '"leaf_index": ' + "9" * 40), "proof"),
        "valid-witnessed": (receipt(3, payload=INSIDE[3], checkpoint=note(signers=(LOG, CLOCK, WITNESS))), "valid"),
        "valid-witness-broken": (receipt(3, payload=INSIDE[3], checkpoint=broken_witness()), "valid"),
    }


def broken_witness():
    """A checkpoint with a signature of the witness over another text; who does not know the witness cannot tell."""
    good = note(signers=(LOG, CLOCK, WITNESS))
    line = good.splitlines(keepends=True)[-1]
    return good.replace(line, WITNESS.line("another text\n", AT))


# What the same receipts give to who demands that the witness cosigned.
WITNESSED = {
    "valid-witnessed": "valid",
    "valid-witness-broken": "checkpoint",
    "valid-opened": "cosignature",
    "valid-log-key-only": "cosignature",
    "proof-event-changed": "proof",
}


def pdf(attachments, *, compress=True, end=b"%%EOF\n"):
    """A PDF without pages that carries these texts as attachments: only for who looks for them."""
    made = b"%PDF-1.7\n"
    for number, text in enumerate(attachments, start=1):
        body = zlib.compress(text, 0) if compress else text
        kind = b"/Filter /FlateDecode " if compress else b""
        made += b"%d 0 obj\n<< /Type /EmbeddedFile %s/Length %d >>\nstream\n" % (number, kind, len(body))
        made += body + b"\nendstream\nendobj\n"
    return made + end


def pdfs():
    """Each PDF with the outcome it must have."""
    good, changed = (receipts()[name][0].encode() for name in ("valid-opened", "proof-event-changed"))
    return {
        "valid": (pdf([good]), "valid"),
        "valid-not-compressed": (pdf([good], compress=False), "valid"),
        "proof-event-changed": (pdf([changed]), "proof"),
        "form-no-attachment": (pdf([]), "form"),
        "form-two-attachments": (pdf([good, good]), "form"),
        "form-truncated": (pdf([good])[:-400], "form"),
        "form-other-filter": (pdf([good]).replace(b"FlateDecode", b"LZWDecode"), "form"),
        "form-damaged": (pdf([good]).replace(b"\x78\x01", b"\x00\x00", 1), "form"),
        "form-length-elsewhere": (pdf([good], compress=False).replace(b" >>\nstream", b" 0 R >>\nstream"), "form"),
    }


def merkle_vectors():
    """The tree over the entries: roots of every size, and proofs."""
    return {
        "entries": [entry.decode() for entry in ENTRIES],
        "roots": [merkle.root_hash(size, read).hex() for size in range(SIZE + 1)],
        "inclusion": [
            {"index": index, "size": SIZE, "proof": [each.hex() for each in merkle.inclusion_proof(index, SIZE, read)]}
            for index in (0, 3, 10)
        ],
        "consistency": [
            {"old": old, "new": SIZE, "proof": [each.hex() for each in merkle.consistency_proof(old, SIZE, read)]}
            for old in (1, 4, 6, 11)
        ],
    }


def files():
    """Every vector file by its name."""
    made = {f"receipts/{name}.json": text for name, (text, _) in receipts().items()}
    expected = {name: outcome for name, (_, outcome) in receipts().items()}
    made["expected.json"] = json.dumps(expected, indent=1) + "\n"
    made["merkle.json"] = json.dumps(merkle_vectors(), ensure_ascii=False, indent=1) + "\n"
    made["checkpoint.txt"] = note()
    made["expected-pdf.json"] = json.dumps({name: outcome for name, (_, outcome) in pdfs().items()}, indent=1) + "\n"
    made["expected-witness.json"] = json.dumps(WITNESSED, indent=1) + "\n"
    made["keys.txt"] = f"# the log's own key, then its cosigning key\n{LOG.key}\n{CLOCK.key}\n"
    made["witness.txt"] = f"{WITNESS.key}\n"
    published = {"keys": [], "log": [str(LOG.key), str(CLOCK.key)], "witnesses": [str(WITNESS.key)]}
    made["keys.json"] = json.dumps(published, indent=1) + "\n"
    return made


def main():
    """Write the files beside this one."""
    here = Path(__file__).parent
    for folder in ("receipts", "pdf"):
        (here / folder).mkdir(exist_ok=True)
    for name, text in files().items():
        (here / name).write_text(text, encoding="utf-8")
    for name, (data, _) in pdfs().items():
        (here / "pdf" / f"{name}.pdf").write_bytes(data)
    return 0


if __name__ == "__main__":
    sys.exit(main())
