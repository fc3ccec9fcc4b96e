"""A throw-away PostgreSQL cluster on a loopback port, with an ordinary role that may make databases."""

import re
import secrets
import shutil
import signal
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.services import processes

ROLE = "dossierpoort"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresService:
    """Where the cluster is; `url` names the role and its maintenance database in SQLAlchemy's form."""

    url: str = field(repr=False)

    def fresh_database(self, name: str, *, model: str = "template0") -> str:
        """Make a database of this name, empty or like the model, dropping an older one, and return its URL."""
        for given in (name, model):
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,50}", given):
                raise ValueError(f"not a plain database name: {given!r}")
        with psycopg.connect(_plain(self.url), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {model}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def drop_database(self, name: str) -> None:
        """Remove a database made by `fresh_database` and throw out who is still in it."""
        with psycopg.connect(_plain(self.url), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def start(directory: Path, *, durable: bool = False) -> PostgresService:
    """Make a cluster in this new directory and start it; raises ServiceError.

    ``durable`` is for measuring: it waits for the disk, as a server in use does.
    """
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    also = [str(path) for path in binaries]
    initdb = processes.program("initdb", package="postgresql", also=also)
    server = processes.program("postgres", package="postgresql", also=also)
    user = processes.unprivileged("postgres")
    directory.mkdir(parents=True)
    if user:
        shutil.chown(directory, user)
    password, port = secrets.token_hex(16), processes.free_port()
    data, word = directory / "data", directory / "word"
    word.write_text(password)
    word.chmod(0o600)
    if user:
        shutil.chown(word, user)
    options = ["--username=postgres", f"--pwfile={word}", "--auth=scram-sha-256", "--encoding=UTF8"]
    processes.run([initdb, "-D", data, *options, "--locale=C.UTF-8", "--no-sync", "--no-instructions"], user=user)
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": "",
        "fsync": "on" if durable else "off",
        "autovacuum": "off",  # its workers would stand in the way of dropping a database, and of a measurement
        "synchronous_commit": "on" if durable else "off",
        "full_page_writes": "on" if durable else "off",
        "max_connections": "100",
        "shared_buffers": "128MB" if durable else "64MB",
        "timezone": "UTC",
        "dynamic_shared_memory_type": "mmap",  # in the data directory, so that nothing is left outside it
    }
    process = processes.spawn(
        directory,
        "postgres",
        [server, "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
        user=user,
    )
    admin = f"host=127.0.0.1 port={port} user=postgres password={password} dbname=postgres connect_timeout=3"
    processes.wait_until(
        lambda: _answers(admin), process=process, log=directory / "postgres.out", what="PostgreSQL", seconds=30
    )
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{password}'")
        connection.execute(f"CREATE DATABASE {ROLE} OWNER {ROLE}")
    return PostgresService(url=f"postgresql+psycopg://{ROLE}:{password}@127.0.0.1:{port}/{ROLE}")


def stop(directory: Path) -> None:
    """Stop the cluster, throwing out who is connected, and remove its directory."""
    processes.stop(directory, how=signal.SIGINT)


def _answers(conninfo: str) -> bool:
    try:
        psycopg.connect(conninfo).close()
    except psycopg.OperationalError:
        return False
    return True


def _plain(url: str) -> str:
    """The URL as libpq wants it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
