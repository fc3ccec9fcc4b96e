"""A throw-away S3 server: Ceph's radosgw over one monitor and one disk, plain and over TLS."""

import secrets
import signal
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.services import processes

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

REGION = "us-east-1"
_DISK = 8 << 30  # a sparse file: it takes what is written


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Service:
    """Where the server is, how to enter it, and the self-made authority that vouches for its certificate."""

    endpoint_url: str
    tls_endpoint_url: str
    ca_bundle: str
    access_key: str
    secret_key: str = field(repr=False)
    region: str = REGION
    configuration: str = field(repr=False)

    def admin(self, *words: str) -> str:
        """Run `radosgw-admin` on this server, for what S3 itself cannot do, such as a quota."""
        found = processes.program("radosgw-admin", package="radosgw")
        return processes.run([found, "--conf", self.configuration, *words])

    def client(self) -> "S3Client":
        """A plain client, to look behind the back of the code under test."""
        config = Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"},
            retries={"mode": "standard", "total_max_attempts": 3},
        )
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint_url,
            region_name=self.region,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            config=config,
        )

    def new_bucket(self, *, versioned: bool = False, object_lock: bool = False) -> str:
        """Make an empty bucket with a name of its own and return the name."""
        name, client = f"test-{secrets.token_hex(6)}", self.client()
        client.create_bucket(Bucket=name, ObjectLockEnabledForBucket=object_lock)
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name


def start(directory: Path) -> S3Service:
    """Start monitor, disk and gateway in this new directory, in a quarter of a minute; raises ServiceError."""
    for name, package in (
        ("ceph", "ceph-common"),
        ("ceph-authtool", "ceph-common"),
        ("ceph-mon", "ceph-mon"),
        ("ceph-osd", "ceph-osd"),
        ("radosgw", "radosgw"),
        ("radosgw-admin", "radosgw"),
    ):
        processes.program(name, package=package)
    directory.mkdir(parents=True, mode=0o700)
    plain, tls = processes.free_port(), processes.free_port()
    make_certificates(directory)
    _write_configuration(directory, plain=plain, tls=tls)
    _start_monitor(directory)
    _start_disk(directory)
    service = S3Service(
        endpoint_url=f"http://127.0.0.1:{plain}",
        tls_endpoint_url=f"https://localhost:{tls}",
        ca_bundle=str(directory / "ca.pem"),
        access_key=secrets.token_hex(10),
        secret_key=secrets.token_hex(20),
        configuration=str(directory / "ceph.conf"),
    )
    _start_gateway(directory, service, ports=(plain, tls))
    return service


def stop(directory: Path) -> None:
    """Stop the three daemons without ceremony and remove their directory with all objects."""
    processes.stop(directory, how=signal.SIGKILL)


def _ceph(directory: Path, program: str, *words: str | Path) -> str:
    found = processes.program(program, package="ceph-common")
    return processes.run([found, "--conf", directory / "ceph.conf", *words])


def _write_configuration(directory: Path, *, plain: int, tls: int) -> None:
    fsid, monitor = uuid.uuid4(), processes.free_port()
    maker = processes.program("monmaptool", package="ceph-common")
    # With a map of its own the monitor keeps to the port it is given, instead of the usual one.
    processes.run(
        [maker, "--create", "--fsid", str(fsid), "--addv", "a", f"[v2:127.0.0.1:{monitor}]", directory / "monmap"]
    )
    frontends = (
        f"beast endpoint=127.0.0.1:{plain} ssl_endpoint=127.0.0.1:{tls}"
        f" ssl_certificate={directory}/server.pem ssl_private_key={directory}/server.key"
    )
    settings = {
        "fsid": fsid,
        "mon_host": f"[v2:127.0.0.1:{monitor}]",
        "public_addr": "127.0.0.1",
        "cluster_addr": "127.0.0.1",
        # radosgw never becomes ready without cephx.
        "auth_cluster_required": "cephx",
        "auth_service_required": "cephx",
        "auth_client_required": "cephx",
        "keyring": directory / "keyring",
        "mon_data": directory / "mon",
        "osd_data": directory / "osd",
        "run_dir": directory,
        "admin_socket": "",
        "pid_file": "",
        "crash_dir": directory,
        "log_file": directory / "$name.log",
        "mon_cluster_log_file": directory / "cluster.log",
        "mon_data_avail_crit": 0,
        "mon_data_avail_warn": 0,
        # The default second between two decisions of one single monitor only makes the start slow.
        "paxos_propose_interval": 0.05,
        "osd_pool_default_size": 1,
        "osd_pool_default_min_size": 1,
        "mon_allow_pool_size_one": "true",
        "osd_pool_default_pg_num": 4,
        "osd_pool_default_pg_autoscale_mode": "off",
        "mon_max_pg_per_osd": 2000,
        "osd_crush_chooseleaf_type": 0,
        "osd_crush_update_on_start": "false",
        "osd_objectstore": "bluestore",
        "bluestore_block_size": _DISK,
        "bluestore_cache_autotune": "false",
        "bluestore_cache_size": 64 << 20,
        "rgw_frontends": frontends,
        "rgw_crypt_require_ssl": "false",
        "rgw_data": directory,
    }
    lines = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (directory / "ceph.conf").write_text(f"[global]\n{lines}")


def _start_monitor(directory: Path) -> None:
    everything = ["--cap", "osd", "allow *", "--cap", "mgr", "allow *"]
    keyring = directory / "keyring"
    authtool = processes.program("ceph-authtool", package="ceph-common")
    for name, caps in (
        ("mon.", []),
        ("client.admin", everything),
        ("osd.0", everything),
        ("client.rgw", everything),
    ):
        fresh = [] if keyring.exists() else ["--create-keyring"]
        processes.run([authtool, *fresh, keyring, "--gen-key", "-n", name, "--cap", "mon", "allow *", *caps])
    (directory / "mon").mkdir(mode=0o700)
    _ceph(directory, "ceph-mon", "--mkfs", "-i", "a", "--keyring", keyring, "--monmap", directory / "monmap")
    monitor = processes.program("ceph-mon", package="ceph-mon")
    processes.spawn(directory, "mon", [monitor, "--conf", directory / "ceph.conf", "-i", "a", "-f"])


def _start_disk(directory: Path) -> None:
    (directory / "osd").mkdir(mode=0o700)
    identity = str(uuid.uuid4())
    _ceph(directory, "ceph", "--connect-timeout", "30", "osd", "new", identity)
    _ceph(directory, "ceph-osd", "--mkfs", "-i", "0", "--osd-uuid", identity)
    disk = processes.program("ceph-osd", package="ceph-osd")
    processes.spawn(directory, "osd", [disk, "--conf", directory / "ceph.conf", "-i", "0", "-f"])
    _ceph(directory, "ceph", "osd", "crush", "add", "osd.0", "1.0", "host=localhost", "root=default")


def _start_gateway(directory: Path, service: S3Service, *, ports: tuple[int, int]) -> None:
    gateway = processes.program("radosgw", package="radosgw")
    process = processes.spawn(directory, "rgw", [gateway, "--conf", directory / "ceph.conf", "-n", "client.rgw", "-f"])
    words = ["--uid=dossierpoort", "--display-name=dossierpoort", "--max-buckets=0"]
    keys = [f"--access-key={service.access_key}", f"--secret-key={service.secret_key}"]
    log = directory / "client.rgw.log"
    processes.wait_until(lambda: all(map(processes.listens, ports)), process=process, log=log, what="radosgw")
    service.admin("user", "create", *words, *keys)
    _first_bucket(service)


def _first_bucket(service: S3Service) -> None:
    """Make the first bucket and object, which make the pools: so no test pays for that."""
    end = time.monotonic() + 60
    while True:
        try:
            name = service.new_bucket()
            service.client().put_object(Bucket=name, Key="first", Body=b"")
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() > end:
                raise processes.ServiceError("radosgw listens but does not take a first object.") from error
            time.sleep(0.2)
        else:
            return


def make_certificates(directory: Path) -> None:
    """A certificate for localhost, signed by an authority made for this run only."""
    now = datetime.now(UTC)
    authority, server = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test authority")])
    base = x509.CertificateBuilder().issuer_name(issuer).not_valid_before(now - timedelta(hours=1))
    base = base.not_valid_after(now + timedelta(days=7))
    usage = dict.fromkeys(("content_commitment", "data_encipherment", "encipher_only", "decipher_only"), False)
    root = (
        base.subject_name(issuer)
        .serial_number(x509.random_serial_number())
        .public_key(authority.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False,
                key_encipherment=False,
                key_agreement=False,
                key_cert_sign=True,
                crl_sign=True,
                **usage,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), critical=False)
        .sign(authority, hashes.SHA256())
    )
    names = [x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))]
    leaf = (
        base.subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]))
        .serial_number(x509.random_serial_number())
        .public_key(server.public_key())
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        .sign(authority, hashes.SHA256())
    )
    (directory / "ca.pem").write_bytes(root.public_bytes(serialization.Encoding.PEM))
    (directory / "server.pem").write_bytes(leaf.public_bytes(serialization.Encoding.PEM))
    key = directory / "server.key"
    key.touch(mode=0o600)
    key.write_bytes(
        server.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
