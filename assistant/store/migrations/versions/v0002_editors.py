"""What editors do: approved rows, the log of their acts, their sessions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "approved",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("feedback_id", sa.Integer, nullable=False),
        sa.Column("conversation_id", sa.String(43), nullable=False),
        sa.Column("visitor", sa.String(64), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("gold", sa.JSON, nullable=False),
        sa.Column("reviewer", sa.String(128), nullable=False),
        sa.Column("approved_at", sa.String(20), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_approved_conversation_id", "approved", ["conversation_id"])
    op.create_index("ix_approved_visitor", "approved", ["visitor"])
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.String(20), nullable=False),
        sa.Column("who", sa.String(128), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("about", sa.Text, nullable=False),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_table(
        "sessions",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("editor", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.String(20), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables."""
    for name in ("sessions", "audit", "approved"):
        op.drop_table(name)
