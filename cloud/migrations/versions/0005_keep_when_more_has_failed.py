"""Keep when the holder of a technical incident is to hear that more of it has failed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("spread_at", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("incident", "spread_at")
