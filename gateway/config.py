"""Settings: read once from the environment into a frozen object; a missing secret stops the start with a sentence."""

from __future__ import annotations

import ipaddress
import os
import tempfile
from dataclasses import MISSING, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

PREFIX = "DOSSIERPOORT_"
MEGABYTE = 1_000_000


class ConfigurationError(Exception):
    """The start stops here; the text says which setting is wrong and what to do."""


def _setting(help_text: str, *, default: Any = MISSING, secret: bool = False) -> Any:
    metadata = {"help": help_text, "secret": secret}
    if default is MISSING:
        return field(metadata=metadata, repr=not secret)
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an installation can choose. Each field is the variable DOSSIERPOORT_<NAME>.

    Secrets may stand in a file: DOSSIERPOORT_<NAME>_FILE.
    """

    root_secret: str = _setting(
        "Opens the keyring file. Make one with `dossierpoort keys secret`; keep it apart from every backup.",
        secret=True,
    )
    cookie_secret: str = _setting(
        "Signs the session cookie and forms. Make one with `dossierpoort keys secret`.", secret=True
    )
    data_dir: Path = _setting("Where the embedded database and the local storage lie.", default=Path("var"))
    database_url: str = _setting(
        "SQLAlchemy address of the database; empty: SQLite in data_dir.", default="", secret=True
    )
    keyring: Path = _setting(
        "The keyring file. Keep it outside the database's directory and outside its backups.",
        default=Path("var-keys/keyring"),
    )
    keyring_kind: str = _setting(
        "`file`, or `aws-kms`: period keys open only by AWS KMS, one KMS key each; the keyring file stays needed.",
        default="file",
    )
    kms_region: str = _setting("Region of AWS KMS.", default="eu-central-1")
    kms_endpoint: str = _setting("Address of KMS; empty: the provider's own.", default="")
    kms_access_key: str = _setting(
        "Access key for KMS; empty: the role or profile that boto3 finds.", default="", secret=True
    )
    kms_secret_key: str = _setting("Secret key for KMS.", default="", secret=True)
    storage: str = _setting("`local` (data_dir/objects) or `s3`.", default="local")
    s3_bucket: str = _setting("Bucket for sealed objects.", default="")
    s3_endpoint: str = _setting("Address of the S3 server; empty: the provider's own.", default="")
    s3_region: str = _setting("Region of the bucket.", default="eu-central-1")
    s3_access_key: str = _setting("Access key.", default="", secret=True)
    s3_secret_key: str = _setting("Secret key.", default="", secret=True)
    s3_ca_bundle: str = _setting(
        "File with the certificate authority of the S3 server, when it is your own.", default=""
    )
    scratch: Path = _setting(
        "Private directory on tmpfs for the tools that need a file; the start refuses a disk.",
        default=Path(f"/dev/shm/dossierpoort-{os.getuid()}"),  # noqa: S108 - tmpfs on purpose: nothing readable on a disk
    )
    scratch_limit: int = _setting("Most bytes that one file check may use in scratch.", default=2_000 * MEGABYTE)
    clamd: str = _setting(
        "Address of clamd: `unix:/path` or `host:port`; empty: no virus scanner, and every page says so.", default=""
    )
    base_url: str = _setting("The address at which people reach the portal.", default="http://localhost:8080")
    hosts: str = _setting("Host names that are answered, comma separated; empty: that of base_url.", default="")
    trusted_proxies: int = _setting(
        "How many proxies stand in front and set X-Forwarded-*; 0: nobody is believed.", default=0
    )
    proxy_networks: str = _setting(
        "Networks of the nearest proxy, comma separated: from elsewhere X-Forwarded-* is not believed.",
        default="127.0.0.0/8,::1/128",
    )
    security_contact: str = _setting(
        "Where a flaw is reported, for /.well-known/security.txt: `mailto:…` or `https://…`; empty: no such page.",
        default="",
    )
    security_expires: str = _setting(
        "Until which day that contact holds (YYYY-MM-DD, at most a year ahead); after it the page is gone.", default=""
    )
    smtp_host: str = _setting(
        "Mail server; empty: notices stay in the portal, and the demo shows an outbox.", default=""
    )
    smtp_port: int = _setting("Port of the mail server.", default=587)
    smtp_user: str = _setting("User at the mail server.", default="")
    smtp_password: str = _setting("Password at the mail server.", default="", secret=True)
    smtp_starttls: bool = _setting("Demand STARTTLS.", default=True)
    mail_from: str = _setting("Sender of notices.", default="dossierpoort@localhost")
    max_file_bytes: int = _setting("Largest file.", default=250 * MEGABYTE)
    max_files: int = _setting("Most files in one upload.", default=50)
    max_upload_bytes: int = _setting("Largest upload request (all its files).", default=1_000 * MEGABYTE)
    max_dossier_bytes: int = _setting("Most bytes that one dossier may hold.", default=2_000 * MEGABYTE)
    max_school_bytes: int = _setting("Most bytes that all dossiers of one school may hold.", default=50_000 * MEGABYTE)
    max_in_check: int = _setting("Most documents of one school that may wait for their check.", default=500)
    uploads_at_once: int = _setting(
        "Most uploads that one process takes in at once; keep it below `--threads`.", default=8
    )
    session_idle_minutes: int = _setting("Signed out after this many minutes without an act.", default=20)
    session_hours: int = _setting("Signed out after this many hours in any case.", default=8)
    breached_passwords: str = _setting(
        "File of leaked passwords: sorted SHA-1 in hexadecimal, one a line; empty: only the list that comes along.",
        default="",
    )
    backup_days: int = _setting(
        "How many days a backup is kept at most; a certificate of destruction says when the last one expires.",
        default=35,
    )
    checkpoint_dir: str = _setting(
        "Directory on another mount that gets a copy of every checkpoint of the log; empty: none.", default=""
    )
    checkpoint_s3_bucket: str = _setting(
        "Bucket of its own, with Object Lock, that gets a copy of every checkpoint of the log; empty: none.", default=""
    )
    checkpoint_s3_endpoint: str = _setting("Address of its S3 server; empty: the provider's own.", default="")
    checkpoint_s3_region: str = _setting("Region of that bucket.", default="eu-central-1")
    checkpoint_s3_access_key: str = _setting("Its access key.", default="", secret=True)
    checkpoint_s3_secret_key: str = _setting("Its secret key.", default="", secret=True)
    checkpoint_s3_ca_bundle: str = _setting(
        "File with the certificate authority of that S3 server, when it is your own.", default=""
    )
    witness_ca_bundle: str = _setting(
        "File with the certificate authority of the witnesses of the log, when it is not a public one.", default=""
    )
    witness_private_networks: bool = _setting(
        "Witnesses may have an address in a private network; link-local addresses are never called.", default=False
    )
    sign_on_ca_bundle: str = _setting(
        "File with the certificate authority of providers of single sign-on, when it is not a public one.", default=""
    )
    sign_on_private_networks: bool = _setting(
        "Providers of single sign-on may have an address in a private network; never a link-local one.", default=False
    )
    peer_ca_bundle: str = _setting(
        "File with the certificate authority of partners' gateways, when it is not a public one.", default=""
    )
    peer_private_networks: bool = _setting(
        "Partners' gateways may have an address in a private network; never a link-local one.", default=False
    )
    peer_client_certificate: str = _setting(
        "File with the certificate that we show to partners' gateways (mutual TLS); empty: none.", default=""
    )
    peer_client_key: str = _setting("File with the key of that certificate.", default="")
    signing_certificate: str = _setting(
        "PKCS#12 file (.p12) with the certificate that signs letters (PAdES); empty: a name below, no signature.",
        default="",
    )
    signing_passphrase: str = _setting("Opens that file.", default="", secret=True)
    signing_for: str = _setting(
        "Short name of the SWV whose certificate it is; empty: of the only one here, and of none where there are more.",
        default="",
    )
    max_peer_bytes: int = _setting("Largest package from or to a partner's gateway.", default=250 * MEGABYTE)
    metrics_bind: str = _setting("host:port for Prometheus; empty: none.", default="")
    log_level: str = _setting("DEBUG, INFO, WARNING or ERROR.", default="INFO")
    demo: bool = _setting("This is a demo: example accounts, and an outbox page instead of mail.", default=False)

    @property
    def database(self) -> str:
        """The database's address, the default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'dossierpoort.sqlite3'}"

    @property
    def object_dir(self) -> Path:
        """Where local storage keeps its sealed objects."""
        return self.data_dir / "objects"

    @property
    def checkpoint_places(self) -> tuple[str, ...]:
        """The kinds of separate place for checkpoints: directory, bucket, both or none."""
        kinds = (("directory", self.checkpoint_dir), ("bucket", self.checkpoint_s3_bucket))
        return tuple(kind for kind, value in kinds if value)

    @property
    def secure_cookies(self) -> bool:
        """Whether the portal is reached over TLS."""
        return self.base_url.startswith("https://")


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises:
        ConfigurationError: a secret is missing, a value has the wrong type, or a variable is not known.
    """
    environment = os.environ if environment is None else environment
    known = {item.name: item for item in fields(Settings)}
    _refuse_unknown(environment, known)
    values: dict[str, Any] = {}
    for name, item in known.items():
        text = _text_of(environment, name)
        if text is not None:
            values[name] = _typed(name, text, item.default)
        elif item.default is MISSING:
            raise ConfigurationError(
                f"{PREFIX}{name.upper()} is missing. {item.metadata['help']} "
                f"Set {PREFIX}{name.upper()} or {PREFIX}{name.upper()}_FILE."
            )
    settings = Settings(**values)
    _check(settings)
    return settings


def _refuse_unknown(environment: Mapping[str, str], known: Mapping[str, Any]) -> None:
    allowed = {PREFIX + name.upper() for name in known} | {f"{PREFIX}{name.upper()}_FILE" for name in known}
    tolerated = (f"{PREFIX}TEST_", f"{PREFIX}PORT")
    for name in environment:
        if name.startswith(PREFIX) and name not in allowed and not name.startswith(tolerated):
            raise ConfigurationError(f"{name} is not a setting of Dossierpoort; see docs/configuration.md.")


def _text_of(environment: Mapping[str, str], name: str) -> str | None:
    variable = PREFIX + name.upper()
    path = environment.get(f"{variable}_FILE")
    if path:
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigurationError(f"{variable}_FILE names a file that cannot be read: {error.strerror}.") from error
    return environment.get(variable)


def _typed(name: str, text: str, default: Any) -> Any:
    if isinstance(default, bool):
        if text.lower() in {"1", "true", "yes", "ja"}:
            return True
        if text.lower() in {"0", "false", "no", "nee", ""}:
            return False
        raise ConfigurationError(f"{PREFIX}{name.upper()} must be 1 or 0.")
    if isinstance(default, int):
        try:
            return int(text)
        except ValueError as error:
            raise ConfigurationError(f"{PREFIX}{name.upper()} must be a whole number.") from error
    if isinstance(default, Path):
        return Path(text)
    return text


def _check(settings: Settings) -> None:
    for name in ("root_secret", "cookie_secret"):
        if len(getattr(settings, name)) < 32:  # noqa: PLR2004 - 128 random bits in hex
            raise ConfigurationError(f"{PREFIX}{name.upper()} is too short. Make one with `dossierpoort keys secret`.")
    if settings.keyring_kind not in {"file", "aws-kms"}:
        raise ConfigurationError(f"{PREFIX}KEYRING_KIND must be `file` or `aws-kms`.")
    if settings.storage not in {"local", "s3"}:
        raise ConfigurationError(f"{PREFIX}STORAGE must be `local` or `s3`.")
    if settings.storage == "s3" and not settings.s3_bucket:
        raise ConfigurationError(f"{PREFIX}S3_BUCKET is missing: storage is `s3`.")
    if settings.checkpoint_s3_bucket and settings.checkpoint_s3_bucket == settings.s3_bucket:
        raise ConfigurationError(
            f"{PREFIX}CHECKPOINT_S3_BUCKET is the bucket of the dossiers. Checkpoints need a bucket of their own: it "
            "has Object Lock, and what is erased from a dossier must be gone."
        )
    _check_edge(settings)
    if settings.log_level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
        raise ConfigurationError(f"{PREFIX}LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR.")
    if not settings.database.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        # The value is not repeated: it may hold a password.
        raise ConfigurationError(f"{PREFIX}DATABASE_URL must begin with `postgresql://` or `sqlite:///`.")


def _check_edge(settings: Settings) -> None:
    try:
        for network in settings.proxy_networks.split(","):
            if network.strip():
                ipaddress.ip_network(network.strip())
    except ValueError as error:
        raise ConfigurationError(f"{PREFIX}PROXY_NETWORKS must be networks such as 10.1.0.0/24.") from error
    if settings.trusted_proxies < 0:
        raise ConfigurationError(f"{PREFIX}TRUSTED_PROXIES must be 0 or more.")
    if not settings.security_contact:
        return
    if (
        not settings.security_contact.startswith(("mailto:", "https://", "tel:"))
        or not settings.security_contact.isprintable()
    ):
        raise ConfigurationError(f"{PREFIX}SECURITY_CONTACT must begin with `mailto:`, `https://` or `tel:`.")
    try:
        date.fromisoformat(settings.security_expires)
    except ValueError as error:
        raise ConfigurationError(f"{PREFIX}SECURITY_EXPIRES must be a day such as 2027-06-30.") from error


def documentation() -> str:
    """`docs/configuration.md`, made from the settings themselves."""
    rows = [
        "# Configuration",
        "",
        "Made by `dossierpoort config`; do not edit. Every setting is an environment variable; a secret may stand in a",
        "file named by the same variable with `_FILE`. An unknown `DOSSIERPOORT_*` variable stops the start.",
        "",
        "| variable | default | what |",
        "|---|---|---|",
    ]
    for item in fields(Settings):
        default = (
            "**required**" if item.default is MISSING else f"`{_shown(item.default)}`" if item.default != "" else "none"
        )
        rows.append(f"| `{PREFIX}{item.name.upper()}` | {default} | {item.metadata['help']} |")
    return "\n".join(rows) + "\n"


def _shown(default: Any) -> str:
    if isinstance(default, bool):
        return "1" if default else "0"
    if isinstance(default, Path) and str(default).startswith("/dev/shm"):  # noqa: S108 - the text of a default
        return "/dev/shm/dossierpoort-<uid>"  # noqa: S108
    return str(default)


def temporary_directory_is_memory() -> bool:
    """Tell whether the system's temporary directory lies on tmpfs (doctor warns when it does not)."""
    directory = Path(tempfile.gettempdir()).resolve()
    mounts = [line.split() for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
    best = max((m for m in mounts if directory.is_relative_to(m[1])), key=lambda m: len(m[1]))
    return best[2] == "tmpfs"
