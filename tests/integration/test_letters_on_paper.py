"""A letter on paper: tagged PDF/A in both languages, with a PAdES signature that anybody can verify where one is set."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta

import pikepdf
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from gateway.accounts.setup import make_tenant
from gateway.errors import UnavailableError
from gateway.letters import paper, queries, signing
from gateway.letters.tables import Letter
from gateway.services import utc_now
from tests.integration.test_letters import a_letter


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that we make ourselves, and its file."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Samenwerkingsverband Verzonnen")])
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign"), False
    ) | dict.fromkeys(("encipher_only", "decipher_only"), False)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utc_now() - timedelta(days=1))
        .not_valid_after(utc_now() + timedelta(days=30))
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "swv.p12"
    path.write_bytes(pkcs12.serialize_key_and_certificates(b"swv", key, made, None, BestAvailableEncryption(b"geheim")))
    return made, path


def with_certificate(services, path, **changes):
    values = {"signing_certificate": str(path), "signing_passphrase": "geheim", **changes}
    return replace(services, settings=replace(services.settings, **values))


def opened(services, letter_id):
    with services.db.reading() as session:
        return queries.opened(session, services.vault, session.get_one(Letter, letter_id))


def test_a_letter_is_signed_verifies_and_stays_pdf_a_and_one_byte_changed_shows(services, certificate):
    if not services.db.is_sqlite:
        pytest.skip("paper knows no database")
    made, path = certificate
    letter = opened(services, a_letter(services, language="en")[1])
    plain = paper.pdf(services, letter)
    signing_services = with_certificate(services, path)
    content = paper.pdf(signing_services, letter)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.Root.MarkInfo.Marked
        metadata = bytes(pdf.Root.Metadata.read_bytes()).decode()
        assert ("pdfaid:part" in metadata, "We refuse" in metadata) == (True, True)
    context = ValidationContext(trust_roots=[asn1_x509.Certificate.load(made.public_bytes(Encoding.DER))])
    (found,) = PdfFileReader(io.BytesIO(content)).embedded_signatures
    assert found.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    status = validate_pdf_signature(found, context)
    assert (status.valid, status.intact, status.trusted, status.bottom_line) == (True, True, True, True)
    spoiled = content.replace(b"We refuse your", b"We accept your", 1)
    assert spoiled != content
    (again,) = PdfFileReader(io.BytesIO(spoiled)).embedded_signatures
    assert not validate_pdf_signature(again, context).intact
    assert not PdfFileReader(io.BytesIO(plain)).embedded_signatures
    with pytest.raises(UnavailableError):
        paper.pdf(with_certificate(services, path, signing_passphrase="fout"), letter)
    with pytest.raises(UnavailableError):
        paper.pdf(with_certificate(services, path.parent / "weg.p12"), letter)


def test_a_certificate_never_signs_for_another_swv(services, certificate):
    ours = opened(services, a_letter(services)[1]).row.tenant_id
    configured = with_certificate(services, certificate[1])

    def signs(installation):
        with installation.db.reading() as session:
            return signing.signs_for(installation, session, ours)

    assert (signs(services), signs(configured)) == (False, True)
    with services.db.writing() as session:
        make_tenant(session, swv="SWV Verderop", slug="verderop", profile="po-raad-2014", now=services.clock())
    assert not signs(configured)
    assert signs(with_certificate(services, certificate[1], signing_for="demo"))
    assert not signs(with_certificate(services, certificate[1], signing_for="verderop"))
