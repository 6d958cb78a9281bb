"""Keep which critical risks a home has lost, and whether its family has been told."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blindness",
        sa.Column("hub_id", sa.String(length=64), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.String(length=64), nullable=False),
        sa.Column("household_id", sa.Uuid(), nullable=False),
        sa.Column("gateway", sa.String(length=120), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("told_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("incident_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["household_id"], ["household.id"], name=op.f("fk_blindness_household_id_household")
        ),
        sa.ForeignKeyConstraint(["hub_id"], ["hub.id"], name=op.f("fk_blindness_hub_id_hub")),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incident.id"], name=op.f("fk_blindness_incident_id_incident")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_blindness_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("hub_id", "slug", name=op.f("pk_blindness")),
    )
    untold = sa.text("incident_id IS NULL AND ended_at IS NULL")
    op.create_index(
        "ix_blindness_untold",
        "blindness",
        ["since"],
        unique=False,
        postgresql_where=untold,
        sqlite_where=untold,
    )
    op.create_index("ix_blindness_incident_id", "blindness", ["incident_id"], unique=False)


def downgrade() -> None:
    op.drop_table("blindness")
