"""The example for nginx is run by nginx: TLS, names, limits, and an upload that passes without a file of nginx's own."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import shutil
import signal
import socket
import ssl
import subprocess
import time
from http.client import HTTPSConnection

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests import builders
from tests.personas import OWNER
from tests.portal import ROOT, Person, serve
from tests.services import processes

NGINX = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
HOST = "portal.example"


def certificate(directory):
    """A certificate of a test authority for the host, as the example names its files."""
    now = dt.datetime.now(dt.UTC)
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM)
    for file in ("fullchain.pem", "chain.pem"):
        (directory / file).write_bytes(pem)
    (directory / "privkey.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return directory / "chain.pem"


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    changes = {"base_url": f"https://{HOST}", "trusted_proxies": 1}
    with builders.demo_installation(tmp_path_factory.mktemp("nginx"), **changes) as built:
        yield built


@pytest.fixture(scope="module")
def proxied(services, tmp_path_factory):
    """Nginx with the example as it is, but for ports, places and the authority; its port, its CA, its directory."""
    if NGINX is None:
        pytest.fail("nginx is not installed: see script/packages")
    directory = tmp_path_factory.mktemp("proxy")
    authority = certificate(directory)
    tls, plain = processes.free_port(), processes.free_port()
    with serve(services.settings) as portal:
        text = (ROOT / "deploy/nginx.conf.example").read_text(encoding="utf-8")
        for old, new in (
            ("/etc/ssl/portal.example", str(directory)), ("listen 443", f"listen 127.0.0.1:{tls}"),
            ("listen 80", f"listen 127.0.0.1:{plain}"), ("127.0.0.1:8080", f"127.0.0.1:{portal.port}"),
            ("/var/log/nginx", str(directory)),
        ):  # fmt: skip
            assert old in text, old
            text = text.replace(old, new)
        temporary = "".join(
            f"{kind}_temp_path {directory}/temp-{kind};\n"
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        whole = f"daemon off; pid {directory}/pid; worker_processes 1; error_log {directory}/error.log warn;\nevents {{}}\nhttp {{\n{temporary}{text}}}\n"
        (directory / "nginx.conf").write_text(whole, encoding="utf-8")
        command = [NGINX, "-p", str(directory), "-c", str(directory / "nginx.conf")]
        tried = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
        assert tried.returncode == 0, tried.stderr
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            processes_ready(tls)
            yield tls, plain, authority, directory
        finally:
            process.send_signal(signal.SIGQUIT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(5)
            process.kill()
            process.wait()


def processes_ready(port):
    for _ in range(100):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise RuntimeError("nginx did not come up")


class Visitor(Person):
    """Someone who speaks TLS to the proxy, by the name of the portal."""

    authority = ""

    def ask(self, method, path, body=None, headers=None, **options):
        context = ssl.create_default_context(cafile=self.authority)
        line = HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)
        line.sock = context.wrap_socket(socket.create_connection(("127.0.0.1", self.port)), server_hostname=HOST)
        with contextlib.closing(line):
            line.request(
                method,
                path,
                body=body,
                headers={"Host": HOST, "Referer": f"https://{HOST}/", **self.headers(), **(headers or {})},
                **options,
            )
            return self._read(line.getresponse())


@pytest.fixture(scope="module")
def owner(proxied):
    Visitor.authority = proxied[2]
    return Visitor(proxied[0]).walk_in(OWNER)


def test_a_portal_behind_the_example_lets_people_in_with_secure_cookies(owner):
    assert owner.cookie.startswith("__Host-dossierpoort=")
    answer = owner.ask("GET", "/dossiers")
    assert answer.status == 200
    assert answer.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
    assert "nginx/" not in answer.headers["server"]


def test_nothing_older_than_tls_1_3_is_spoken_and_no_other_name_gets_a_certificate(proxied):
    for version, name in (
        (ssl.TLSVersion.TLSv1_2, HOST),
        (ssl.TLSVersion.TLSv1_3, "evil.example"),
        (ssl.TLSVersion.TLSv1_3, None),
    ):
        context = ssl.create_default_context(cafile=proxied[2])
        context.check_hostname = False
        context.maximum_version = version
        with pytest.raises(ssl.SSLError), socket.create_connection(("127.0.0.1", proxied[0])) as line:
            context.wrap_socket(line, server_hostname=name).close()


def test_plain_http_is_led_to_tls_by_our_name_and_not_by_the_visitors(proxied):
    with socket.create_connection(("127.0.0.1", proxied[1])) as line:
        line.sendall(b"GET /over HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        answer = b"".join(iter(lambda: line.recv(4096), b""))
    assert b"Location: https://portal.example/over" in answer
    assert b"evil" not in answer


def test_forms_have_a_limit_and_readiness_is_not_for_strangers(owner):
    token = owner.token("/over")
    body = f"csrf_token={token}&zoek={'x' * 1_500_000}"
    assert owner.ask("POST", "/dossiers", body, {"Content-Type": "application/x-www-form-urlencoded"}).status == 413
    assert owner.ask("GET", "/readyz").status == 404
    assert owner.ask("GET", "/healthz").status == 200


def test_an_upload_passes_through_and_nginx_writes_nothing_of_it(services, proxied, owner):
    dossier = builders.draft(services, bsn="100000009")
    path = f"/dossiers/{dossier}/toevoegen"
    marker = b"Alleen in dit ene verslag staat dit verzonnen merkteken.\n"
    answer = owner.ask("POST", path, marker * 100_000, {
        "Content-Type": "application/octet-stream", "X-File-Name": "groot.txt", "X-CSRFToken": owner.token(path),
        "X-Requested-With": "XMLHttpRequest",
    })  # fmt: skip
    assert answer.status == 200, answer.text[:300]
    assert '"ok":true' in answer.text
    written = [file for file in proxied[3].rglob("temp-*/**/*") if file.is_file()]
    assert written == []
    assert "buffered to a temporary file" not in (proxied[3] / "dossierpoort.error.log").read_text()


def test_the_upload_routes_of_the_example_are_those_of_the_portal(services):
    from gateway.app import STREAMED, create_app

    text = (ROOT / "deploy/nginx.conf.example").read_text(encoding="utf-8")
    pattern = re.compile(re.search(r"location ~ (\S+) \{", text).group(1))
    app = create_app(services)
    for rule in app.url_map.iter_rules():
        path = re.sub(r"<any\('([a-z]+)'.*?>", r"\1", rule.rule)
        path = re.sub(r"<[^>]+>", "0" * 32, path)
        wanted = rule.endpoint in STREAMED and rule.rule.startswith("/dossiers")
        same_address = any(other.rule == rule.rule and other.endpoint in STREAMED for other in app.url_map.iter_rules())
        assert bool(pattern.match(path)) == (wanted or (same_address and rule.rule.startswith("/dossiers"))), rule.rule
