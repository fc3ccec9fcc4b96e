"""convenants: parties, versions, signatures, contact persons, agreements, ends, and casusoverleg

Revision: 0020, after 0019.
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "convenant",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["tenant.id"], name=op.f("fk_convenant_tenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant")),
    )
    with op.batch_alter_table("convenant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convenant_tenant_id"), ["tenant_id"], unique=False)

    op.create_table(
        "casus_meeting",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("convenant_id", sa.String(length=32), nullable=False),
        sa.Column("dossier_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["convenant_id"], ["convenant.id"], name=op.f("fk_casus_meeting_convenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_casus_meeting")),
    )
    with op.batch_alter_table("casus_meeting", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_casus_meeting_convenant_id"), ["convenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_casus_meeting_dossier_id"), ["dossier_id"], unique=False)

    op.create_table(
        "convenant_document",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("convenant_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("file_name", sa.LargeBinary(), nullable=False),
        sa.Column("media_kind", sa.String(length=10), nullable=False),
        sa.Column("object_key", sa.String(length=32), nullable=False),
        sa.Column("sealed_key", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_size", sa.Integer(), nullable=False),
        sa.Column("sealed_sha256", sa.LargeBinary(length=32), nullable=False),
        sa.Column("plain_size", sa.Integer(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("verdict_code", sa.String(length=40), nullable=True),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["convenant_id"], ["convenant.id"], name=op.f("fk_convenant_document_convenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant_document")),
    )
    with op.batch_alter_table("convenant_document", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convenant_document_convenant_id"), ["convenant_id"], unique=False)

    op.create_table(
        "convenant_party",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("convenant_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=32), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("standing", sa.String(length=8), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["convenant_id"], ["convenant.id"], name=op.f("fk_convenant_party_convenant_id")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_convenant_party_organisation_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant_party")),
        sa.UniqueConstraint(
            "convenant_id", "organisation_id", name=op.f("uq_convenant_party_convenant_id_organisation_id")
        ),
    )
    with op.batch_alter_table("convenant_party", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convenant_party_convenant_id"), ["convenant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_convenant_party_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "convenant_step",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("convenant_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("party_id", sa.String(length=32), nullable=True),
        sa.Column("made_by", sa.String(length=32), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("event_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["convenant_id"], ["convenant.id"], name=op.f("fk_convenant_step_convenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant_step")),
    )
    with op.batch_alter_table("convenant_step", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convenant_step_convenant_id"), ["convenant_id"], unique=False)

    op.create_table(
        "convenant_version",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("convenant_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("offered_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["convenant_id"], ["convenant.id"], name=op.f("fk_convenant_version_convenant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant_version")),
        sa.UniqueConstraint("convenant_id", "number", name=op.f("uq_convenant_version_convenant_id_number")),
    )
    with op.batch_alter_table("convenant_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convenant_version_convenant_id"), ["convenant_id"], unique=False)

    op.create_table(
        "casus_exchange",
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("verstrekking_id", sa.String(length=32), nullable=False),
        sa.Column("party_id", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["casus_meeting.id"], name=op.f("fk_casus_exchange_meeting_id")),
        sa.ForeignKeyConstraint(["party_id"], ["convenant_party.id"], name=op.f("fk_casus_exchange_party_id")),
        sa.PrimaryKeyConstraint("meeting_id", "verstrekking_id", name=op.f("pk_casus_exchange")),
    )
    op.create_table(
        "casus_item",
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("item", sa.String(length=20), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=32), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["casus_meeting.id"], name=op.f("fk_casus_item_meeting_id")),
        sa.PrimaryKeyConstraint("meeting_id", "item", name=op.f("pk_casus_item")),
    )
    op.create_table(
        "casus_participant",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("meeting_id", sa.String(length=32), nullable=False),
        sa.Column("party_id", sa.String(length=32), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["casus_meeting.id"], name=op.f("fk_casus_participant_meeting_id")),
        sa.ForeignKeyConstraint(["party_id"], ["convenant_party.id"], name=op.f("fk_casus_participant_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_casus_participant")),
    )
    with op.batch_alter_table("casus_participant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_casus_participant_meeting_id"), ["meeting_id"], unique=False)

    op.create_table(
        "convenant_agreement",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("convenant_id", sa.String(length=32), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("manner", sa.String(length=16), nullable=False),
        sa.Column("term", sa.String(length=8), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("party_id", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["convenant_id"], ["convenant.id"], name=op.f("fk_convenant_agreement_convenant_id")),
        sa.ForeignKeyConstraint(["party_id"], ["convenant_party.id"], name=op.f("fk_convenant_agreement_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant_agreement")),
        sa.UniqueConstraint("convenant_id", "number", name=op.f("uq_convenant_agreement_convenant_id_number")),
    )
    with op.batch_alter_table("convenant_agreement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convenant_agreement_convenant_id"), ["convenant_id"], unique=False)

    op.create_table(
        "convenant_contact",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("convenant_id", sa.String(length=32), nullable=False),
        sa.Column("party_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("made_by", sa.String(length=32), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_convenant_contact_account_id")),
        sa.ForeignKeyConstraint(["convenant_id"], ["convenant.id"], name=op.f("fk_convenant_contact_convenant_id")),
        sa.ForeignKeyConstraint(["party_id"], ["convenant_party.id"], name=op.f("fk_convenant_contact_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant_contact")),
    )
    with op.batch_alter_table("convenant_contact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convenant_contact_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_convenant_contact_convenant_id"), ["convenant_id"], unique=False)

    op.create_table(
        "convenant_ending",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("convenant_id", sa.String(length=32), nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("party_id", sa.String(length=32), nullable=False),
        sa.Column("notice_on", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["convenant_id"], ["convenant.id"], name=op.f("fk_convenant_ending_convenant_id")),
        sa.ForeignKeyConstraint(["party_id"], ["convenant_party.id"], name=op.f("fk_convenant_ending_party_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant_ending")),
    )
    with op.batch_alter_table("convenant_ending", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convenant_ending_convenant_id"), ["convenant_id"], unique=False)

    op.create_table(
        "convenant_exchange",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("giver_id", sa.String(length=32), nullable=False),
        sa.Column("receiver_id", sa.String(length=32), nullable=False),
        sa.Column("categories", sa.String(length=60), nullable=False),
        sa.Column("purposes", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["giver_id"], ["convenant_party.id"], name=op.f("fk_convenant_exchange_giver_id")),
        sa.ForeignKeyConstraint(
            ["receiver_id"], ["convenant_party.id"], name=op.f("fk_convenant_exchange_receiver_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["convenant_version.id"], name=op.f("fk_convenant_exchange_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant_exchange")),
    )
    with op.batch_alter_table("convenant_exchange", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convenant_exchange_version_id"), ["version_id"], unique=False)

    op.create_table(
        "convenant_proxy",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("convenant_id", sa.String(length=32), nullable=False),
        sa.Column("holder_id", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("details", sa.LargeBinary(), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["convenant_id"], ["convenant.id"], name=op.f("fk_convenant_proxy_convenant_id")),
        sa.ForeignKeyConstraint(
            ["document_id"], ["convenant_document.id"], name=op.f("fk_convenant_proxy_document_id")
        ),
        sa.ForeignKeyConstraint(["holder_id"], ["convenant_party.id"], name=op.f("fk_convenant_proxy_holder_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant_proxy")),
    )
    with op.batch_alter_table("convenant_proxy", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_convenant_proxy_convenant_id"), ["convenant_id"], unique=False)

    op.create_table(
        "convenant_signature",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("version_id", sa.String(length=32), nullable=False),
        sa.Column("party_id", sa.String(length=32), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("authority", sa.String(length=16), nullable=False),
        sa.Column("signer", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.String(length=32), nullable=True),
        sa.Column("factor", sa.String(length=12), nullable=True),
        sa.Column("content_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("made_by", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("document_id", sa.String(length=32), nullable=True),
        sa.Column("proxy_id", sa.String(length=32), nullable=True),
        sa.Column("decided_by", sa.String(length=32), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["party_id"], ["convenant_party.id"], name=op.f("fk_convenant_signature_party_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["convenant_version.id"], name=op.f("fk_convenant_signature_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_convenant_signature")),
    )
    with op.batch_alter_table("convenant_signature", schema=None) as batch_op:
        batch_op.create_index(
            "ix_convenant_one_signature",
            ["version_id", "party_id"],
            unique=True,
            sqlite_where=sa.text("state = 'signed'"),
            postgresql_where=sa.text("state = 'signed'"),
        )
        batch_op.create_index(batch_op.f("ix_convenant_signature_version_id"), ["version_id"], unique=False)

    op.create_table(
        "convenant_proxy_for",
        sa.Column("proxy_id", sa.String(length=32), nullable=False),
        sa.Column("party_id", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["convenant_party.id"], name=op.f("fk_convenant_proxy_for_party_id")),
        sa.ForeignKeyConstraint(["proxy_id"], ["convenant_proxy.id"], name=op.f("fk_convenant_proxy_for_proxy_id")),
        sa.PrimaryKeyConstraint("proxy_id", "party_id", name=op.f("pk_convenant_proxy_for")),
    )


def downgrade() -> None:
    op.drop_table("convenant_proxy_for")
    with op.batch_alter_table("convenant_signature", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_signature_version_id"))
        batch_op.drop_index(
            "ix_convenant_one_signature",
            sqlite_where=sa.text("state = 'signed'"),
            postgresql_where=sa.text("state = 'signed'"),
        )

    op.drop_table("convenant_signature")
    with op.batch_alter_table("convenant_proxy", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_proxy_convenant_id"))

    op.drop_table("convenant_proxy")
    with op.batch_alter_table("convenant_exchange", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_exchange_version_id"))

    op.drop_table("convenant_exchange")
    with op.batch_alter_table("convenant_ending", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_ending_convenant_id"))

    op.drop_table("convenant_ending")
    with op.batch_alter_table("convenant_contact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_contact_convenant_id"))
        batch_op.drop_index(batch_op.f("ix_convenant_contact_account_id"))

    op.drop_table("convenant_contact")
    with op.batch_alter_table("convenant_agreement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_agreement_convenant_id"))

    op.drop_table("convenant_agreement")
    with op.batch_alter_table("casus_participant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_casus_participant_meeting_id"))

    op.drop_table("casus_participant")
    op.drop_table("casus_item")
    op.drop_table("casus_exchange")
    with op.batch_alter_table("convenant_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_version_convenant_id"))

    op.drop_table("convenant_version")
    with op.batch_alter_table("convenant_step", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_step_convenant_id"))

    op.drop_table("convenant_step")
    with op.batch_alter_table("convenant_party", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_party_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_convenant_party_convenant_id"))

    op.drop_table("convenant_party")
    with op.batch_alter_table("convenant_document", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_document_convenant_id"))

    op.drop_table("convenant_document")
    with op.batch_alter_table("casus_meeting", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_casus_meeting_dossier_id"))
        batch_op.drop_index(batch_op.f("ix_casus_meeting_convenant_id"))

    op.drop_table("casus_meeting")
    with op.batch_alter_table("convenant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_convenant_tenant_id"))

    op.drop_table("convenant")
