"""Keep how wrong a hub's clock is."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hub", sa.Column("skew_seconds", sa.Float(), nullable=True))
    op.add_column("hub", sa.Column("skew_told_seconds", sa.Float(), nullable=True))


def downgrade() -> None:
    op.drop_column("hub", "skew_told_seconds")
    op.drop_column("hub", "skew_seconds")
