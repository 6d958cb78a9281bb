"""Keep which relative is going there."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # alembic cannot add a column with its foreign key on SQLite; both databases can
    kind = sa.Uuid().compile(dialect=op.get_bind().dialect)
    op.execute(
        f"ALTER TABLE incident ADD COLUMN family_going_by {kind}"
        " CONSTRAINT fk_incident_family_going_by_person REFERENCES person (id)"
    )
    op.add_column("incident", sa.Column("family_going_at", sa.BigInteger(), nullable=True))
    # a relative who went has been noted as one who knows of it, or as the one who holds it
    op.execute(
        "UPDATE incident SET family_going_by = going_by, family_going_at = going_at"
        " WHERE going_by = family_acknowledged_by"
        " OR (going_by = acknowledged_by AND acknowledged_role = 'family')"
    )


def downgrade() -> None:
    op.drop_column("incident", "family_going_at")
    op.drop_column("incident", "family_going_by")
