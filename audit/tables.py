"""Where the log lives: portable tables for SQLite and PostgreSQL.

The gateway's migrations create them from ``metadata``. Instants are stored as the 27-character text of
``audit.events.instant_text``: it sorts by time and reads back the same on both databases.
"""

from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata: Final = MetaData()

_Number: Final = BigInteger().with_variant(Integer(), "sqlite")  # SQLite's row id must be called INTEGER

# ``seq`` says when the row was written, not where the event stands in the log: only a leaf does that.
event: Final = Table(
    "audit_event",
    metadata,
    Column("seq", _Number, primary_key=True, autoincrement=True),
    Column("event_id", String(32), nullable=False),
    Column("action", String(32), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("at", String(27), nullable=False),
    Column("actor", String(64)),
    Column("role", String(200)),
    Column("organisation", String(64)),
    Column("tenant", String(64)),
    Column("on_behalf_of", String(64)),
    Column("purpose", String(200)),
    Column("legal_basis", String(200)),
    Column("article", String(200)),
    Column("profile", String(200)),
    Column("object_type", String(200)),
    Column("object_id", String(64)),
    Column("dossier", String(64)),
    Column("network", String(64)),
    Column("request_id", String(64)),
    Column("software", String(200), nullable=False),
    Column("canonical", LargeBinary, nullable=False),
    Column("sealed", LargeBinary),
    UniqueConstraint("event_id", name="uq_audit_event_event_id"),
    Index("ix_audit_event_at", "at", "seq"),
    Index("ix_audit_event_tenant", "tenant", "at", "seq"),
    Index("ix_audit_event_dossier", "dossier", "at", "seq"),
    Index("ix_audit_event_actor", "actor", "at", "seq"),
)

# Events without a leaf. Written with the event, removed with the leaf: so the sequencer needs no high-water mark.
pending: Final = Table(
    "audit_pending",
    metadata,
    Column("event_seq", _Number, primary_key=True, autoincrement=False),
)

leaf: Final = Table(
    "audit_leaf",
    metadata,
    Column("log_id", String(32), primary_key=True),
    Column("leaf_index", _Number, primary_key=True, autoincrement=False),
    Column("event_seq", _Number, nullable=False),
    UniqueConstraint("event_seq", name="uq_audit_leaf_event_seq"),
    sqlite_with_rowid=False,
)

# Hashes of complete subtrees, ``audit.tree.WIDTH`` of one level in a row: level 0 holds the leaf hashes.
node: Final = Table(
    "audit_node",
    metadata,
    Column("log_id", String(32), primary_key=True),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("chunk", _Number, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

checkpoint: Final = Table(
    "audit_checkpoint",
    metadata,
    Column("log_id", String(32), primary_key=True),
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("made_at", String(27), nullable=False),
    Column("note", Text, nullable=False),
)

# Leaves whose events reached the end of the log's term: bytes gone, leaf hashes kept, under a signature.
# ``leaves`` names them one span after another (``0-24,26-99``); what else lies between first and end has stayed.
expiry: Final = Table(
    "audit_expiry",
    metadata,
    Column("log_id", String(32), primary_key=True),
    Column("event_id", String(32), primary_key=True),
    Column("first_leaf", _Number, nullable=False),
    Column("end_leaf", _Number, nullable=False),
    Column("leaves", Text, nullable=False),
    Column("note", Text, nullable=False),
)

# A log that ended and which another goes on from: its rows bear its origin as ``log_id``. ``event_id`` is the first
# event of the log that follows; the note says what stays and what was lost. An empty note: the closing was begun.
closing: Final = Table(
    "audit_closing",
    metadata,
    Column("log_id", String(32), primary_key=True),
    Column("event_id", String(32), nullable=False),
    Column("closed_at", String(27), nullable=False),
    Column("note", Text, nullable=False),
)

# What witnesses signed under our checkpoints: each line was held against the witness's key before it came in here.
cosignature: Final = Table(
    "audit_cosignature",
    metadata,
    Column("log_id", String(32), primary_key=True),
    Column("key", String(300), primary_key=True),
    Column("size", _Number, primary_key=True, autoincrement=False),
    Column("at", String(27), nullable=False),
    Column("line", Text, nullable=False),
)

# The other side: the newest checkpoint of each log that we witness. A row is made when the log is enrolled and is never
# removed, since a witness that forgets could be shown another history. What was refused is kept as evidence.
witnessed: Final = Table(
    "audit_witnessed",
    metadata,
    Column("origin", String(200), primary_key=True),
    Column("size", _Number, nullable=False),
    Column("note", Text),
    Column("cosigned_at", String(27)),
    Column("refused", String(16)),
    Column("refused_at", String(27)),
    Column("refused_note", Text),
)
