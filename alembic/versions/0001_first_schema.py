"""first schema

Revision ID: 0001
Revises: 
"""

from alembic import op
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(sa.schema.CreateSequence(sa.Sequence('lane')))
    op.create_table('dialogue',
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('step', sa.String(length=50), nullable=False),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.PrimaryKeyConstraint('channel', 'person', name=op.f('pk_dialogue'))
    )
    op.create_table('meeting',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Enum('pending', 'confirmed', 'declined', 'expired', 'cancelled', 'completed', 'no_show', name='state', native_enum=False, length=20), nullable=False),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('topic', sa.Text(), nullable=False),
    sa.Column('place_kind', sa.Enum('video', 'phone', 'address', 'messenger', 'link', name='placekind', native_enum=False, length=20), nullable=True),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('capacity', sa.Integer(), nullable=False),
    sa.Column('series_id', sa.Uuid(), nullable=True),
    sa.Column('sequence', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('ends_at > starts_at', name=op.f('ck_meeting_span')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting'))
    )
    op.create_index(op.f('ix_meeting_state_ends_at'), 'meeting', ['state', 'ends_at'], unique=False)
    op.create_table('received_update',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('person', sa.String(length=64), nullable=False),
    sa.Column('payload', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('handled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failure', sa.String(length=20), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_received_update')),
    sa.UniqueConstraint('channel', 'key', name=op.f('uq_received_update_channel_key'))
    )
    op.create_index(op.f('ix_received_update_received_at'), 'received_update', ['received_at'], unique=False)
    op.create_index('ix_received_update_waiting', 'received_update', ['channel', 'person', 'id'], unique=False, postgresql_where='handled_at IS NULL')
    op.create_table('update_marker',
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('marker', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('channel', name=op.f('pk_update_marker'))
    )
    op.create_table('user',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('locale', sa.String(length=2), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('role', sa.Enum('user', 'staff', 'admin', name='role', native_enum=False, length=20), nullable=False),
    sa.Column('lane', sa.BigInteger(), server_default=sa.text("nextval('lane')"), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('lane', name=op.f('uq_user_lane'))
    )
    op.create_table('attendee',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=True),
    sa.Column('role', sa.Enum('host', 'guest', name='attendeerole', native_enum=False, length=20), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=True),
    sa.Column('answer', sa.Enum('pending', 'accepted', 'declined', name='answer', native_enum=False, length=20), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_attendee_meeting_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_attendee_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendee')),
    sa.UniqueConstraint('meeting_id', 'user_id', name=op.f('uq_attendee_meeting_id_user_id'))
    )
    op.create_index(op.f('ix_attendee_user_id_meeting_id'), 'attendee', ['user_id', 'meeting_id'], unique=False)
    op.create_table('audit_entry',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('action', sa.String(length=50), nullable=False),
    sa.Column('subject', sa.String(length=50), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['user.id'], name=op.f('fk_audit_entry_actor_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entry'))
    )
    op.create_index(op.f('ix_audit_entry_subject_subject_id'), 'audit_entry', ['subject', 'subject_id'], unique=False)
    op.create_table('claim',
    sa.Column('lane', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('during', postgresql.TSTZRANGE(), nullable=False),
    postgresql.ExcludeConstraint((sa.text("int8range(lane, lane, '[]')"), '&&'), (sa.text('during'), '&&'), using='gist', name='ex_claim_lane_during'),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_claim_meeting_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('lane', 'meeting_id', name=op.f('pk_claim'))
    )
    op.create_index(op.f('ix_claim_meeting_id'), 'claim', ['meeting_id'], unique=False)
    op.create_table('date_override',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('intervals', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_date_override_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', 'day', name=op.f('pk_date_override'))
    )
    op.create_table('identity',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.Enum('max', 'telegram', 'email', name='channel', native_enum=False, length=20), nullable=False),
    sa.Column('external_id', sa.String(length=320), nullable=False),
    sa.Column('username', sa.String(length=200), nullable=True),
    sa.Column('blocked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_identity_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_identity')),
    sa.UniqueConstraint('channel', 'external_id', name=op.f('uq_identity_channel_external_id'))
    )
    op.create_index(op.f('ix_identity_user_id'), 'identity', ['user_id'], unique=False)
    op.create_table('meeting_card',
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.String(length=20), nullable=False),
    sa.Column('message_id', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_meeting_card_meeting_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_meeting_card_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('meeting_id', 'user_id', 'channel', name=op.f('pk_meeting_card'))
    )
    op.create_index(op.f('ix_meeting_card_user_id_message_id'), 'meeting_card', ['user_id', 'message_id'], unique=False)
    op.create_table('meeting_type',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('durations', sa.ARRAY(sa.Integer()), nullable=False),
    sa.Column('place_kind', sa.Enum('video', 'phone', 'address', 'messenger', 'link', name='placekind', native_enum=False, length=20), nullable=False),
    sa.Column('place', sa.Text(), nullable=False),
    sa.Column('confirmation', sa.Boolean(), nullable=False),
    sa.Column('seats', sa.Integer(), nullable=False),
    sa.Column('questions', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('slot_step', sa.Integer(), nullable=True),
    sa.Column('buffer_before', sa.Integer(), nullable=True),
    sa.Column('buffer_after', sa.Integer(), nullable=True),
    sa.Column('notice', sa.Integer(), nullable=True),
    sa.Column('horizon_days', sa.Integer(), nullable=True),
    sa.Column('daily_limit', sa.Integer(), nullable=True),
    sa.Column('weekly_limit', sa.Integer(), nullable=True),
    sa.Column('public', sa.Boolean(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.CheckConstraint('seats >= 1', name=op.f('ck_meeting_type_seats')),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_meeting_type_owner_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_meeting_type'))
    )
    op.create_index(op.f('ix_meeting_type_owner_id'), 'meeting_type', ['owner_id'], unique=False)
    op.create_table('notification',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('recipient_id', sa.Uuid(), nullable=False),
    sa.Column('meeting_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(length=50), nullable=False),
    sa.Column('arguments', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('dedup_key', sa.String(length=200), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('useful_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.Enum('pending', 'sent', 'skipped', 'failed', name='delivery', native_enum=False, length=20), nullable=False),
    sa.Column('attempts', sa.SmallInteger(), nullable=False),
    sa.Column('next_attempt_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('error', sa.Text(), nullable=True),
    sa.Column('channel', sa.String(length=20), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acknowledged_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_notification_meeting_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['recipient_id'], ['user.id'], name=op.f('fk_notification_recipient_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notification')),
    sa.UniqueConstraint('dedup_key', name=op.f('uq_notification_dedup_key'))
    )
    op.create_index('ix_notification_due', 'notification', ['next_attempt_at'], unique=False, postgresql_where="state = 'pending'")
    op.create_index(op.f('ix_notification_meeting_id'), 'notification', ['meeting_id'], unique=False)
    op.create_index(op.f('ix_notification_recipient_id_created_at'), 'notification', ['recipient_id', 'created_at'], unique=False)
    # Rows are the truth and the clock is the safety net; this wakes every replica's delivery at the commit.
    op.execute("""
        CREATE FUNCTION wake_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM pg_notify('okno_outbox', '');
            RETURN NULL;
        END $$
    """)
    op.execute(
        "CREATE TRIGGER wake_outbox AFTER INSERT ON notification FOR EACH STATEMENT EXECUTE FUNCTION wake_outbox()"
    )
    op.create_table('settings',
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('duration', sa.Integer(), nullable=False),
    sa.Column('slot_step', sa.Integer(), nullable=True),
    sa.Column('buffer_before', sa.Integer(), nullable=False),
    sa.Column('buffer_after', sa.Integer(), nullable=False),
    sa.Column('notice', sa.Integer(), nullable=False),
    sa.Column('horizon_days', sa.Integer(), nullable=False),
    sa.Column('daily_limit', sa.Integer(), nullable=True),
    sa.Column('weekly_limit', sa.Integer(), nullable=True),
    sa.Column('holidays', sa.Boolean(), nullable=False),
    sa.Column('reminder_offsets', sa.ARRAY(sa.Integer()), server_default=sa.text("'{1440,60}'"), nullable=False),
    sa.Column('agenda_hour', sa.SmallInteger(), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_settings_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_settings'))
    )
    op.create_table('weekly_hours',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Uuid(), nullable=False),
    sa.Column('weekday', sa.SmallInteger(), nullable=False),
    sa.Column('start_minute', sa.SmallInteger(), nullable=False),
    sa.Column('end_minute', sa.SmallInteger(), nullable=False),
    sa.CheckConstraint('start_minute BETWEEN 0 AND 1439 AND end_minute > start_minute AND end_minute <= 2880', name=op.f('ck_weekly_hours_interval')),
    sa.CheckConstraint('weekday BETWEEN 0 AND 6', name=op.f('ck_weekly_hours_weekday')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_weekly_hours_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_weekly_hours'))
    )
    op.create_index(op.f('ix_weekly_hours_user_id'), 'weekly_hours', ['user_id'], unique=False)
    op.create_table('share_link',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('meeting_type_id', sa.Uuid(), nullable=True),
    sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('allows', sa.ARRAY(sa.String(length=10)), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('max_uses', sa.Integer(), nullable=True),
    sa.Column('uses', sa.Integer(), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), server_default=sa.text('now()'), nullable=False),
    sa.ForeignKeyConstraint(['meeting_type_id'], ['meeting_type.id'], name=op.f('fk_share_link_meeting_type_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['owner_id'], ['user.id'], name=op.f('fk_share_link_owner_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_share_link')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_share_link_token_hash'))
    )
    op.create_index(op.f('ix_share_link_owner_id'), 'share_link', ['owner_id'], unique=False)
    op.create_table('booking',
    sa.Column('meeting_id', sa.Uuid(), nullable=False),
    sa.Column('meeting_type_id', sa.Uuid(), nullable=True),
    sa.Column('share_link_id', sa.Uuid(), nullable=True),
    sa.Column('buffer_before', sa.Integer(), nullable=False),
    sa.Column('buffer_after', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answers', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['meeting_id'], ['meeting.id'], name=op.f('fk_booking_meeting_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['meeting_type_id'], ['meeting_type.id'], name=op.f('fk_booking_meeting_type_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['share_link_id'], ['share_link.id'], name=op.f('fk_booking_share_link_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('meeting_id', name=op.f('pk_booking'))
    )
    op.create_index(op.f('ix_booking_expires_at'), 'booking', ['expires_at'], unique=False, postgresql_where='expires_at IS NOT NULL')


def downgrade() -> None:
    op.drop_index(op.f('ix_booking_expires_at'), table_name='booking', postgresql_where='expires_at IS NOT NULL')
    op.drop_table('booking')
    op.drop_index(op.f('ix_share_link_owner_id'), table_name='share_link')
    op.drop_table('share_link')
    op.drop_index(op.f('ix_weekly_hours_user_id'), table_name='weekly_hours')
    op.drop_table('weekly_hours')
    op.drop_table('settings')
    op.drop_index(op.f('ix_notification_recipient_id_created_at'), table_name='notification')
    op.drop_index(op.f('ix_notification_meeting_id'), table_name='notification')
    op.drop_index('ix_notification_due', table_name='notification', postgresql_where="state = 'pending'")
    op.drop_table('notification')
    op.execute("DROP FUNCTION wake_outbox")
    op.drop_index(op.f('ix_meeting_type_owner_id'), table_name='meeting_type')
    op.drop_table('meeting_type')
    op.drop_index(op.f('ix_meeting_card_user_id_message_id'), table_name='meeting_card')
    op.drop_table('meeting_card')
    op.drop_index(op.f('ix_identity_user_id'), table_name='identity')
    op.drop_table('identity')
    op.drop_table('date_override')
    op.drop_index(op.f('ix_claim_meeting_id'), table_name='claim')
    op.drop_table('claim')
    op.drop_index(op.f('ix_audit_entry_subject_subject_id'), table_name='audit_entry')
    op.drop_table('audit_entry')
    op.drop_index(op.f('ix_attendee_user_id_meeting_id'), table_name='attendee')
    op.drop_table('attendee')
    op.drop_table('user')
    op.drop_table('update_marker')
    op.drop_index('ix_received_update_waiting', table_name='received_update', postgresql_where='handled_at IS NULL')
    op.drop_index(op.f('ix_received_update_received_at'), table_name='received_update')
    op.drop_table('received_update')
    op.drop_index(op.f('ix_meeting_state_ends_at'), table_name='meeting')
    op.drop_table('meeting')
    op.drop_table('dialogue')
    op.execute(sa.schema.DropSequence(sa.Sequence('lane')))
