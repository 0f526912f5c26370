"""Tables and columns get the names of the glossary."""

from django.db import migrations, models

ONCE = models.UniqueConstraint("user", "event_id", "was_push", name="sync_refusal_once")


class Migration(migrations.Migration):
    dependencies = [("sync", "0002_row_level_security")]
    operations = [
        migrations.RenameModel("Link", "SyncLink"),
        migrations.RenameModel("Stretch", "SyncedRange"),
        migrations.RenameModel("Refusal", "RejectedEvent"),
        migrations.RenameField("synclink", "made", "link_id"),
        migrations.RenameField("synclink", "token", "encrypted_token"),
        migrations.RenameField("synclink", "on", "enabled"),
        migrations.RenameField("synclink", "other", "remote_user_id"),
        migrations.RenameField("synclink", "pushed", "pushed_seq"),
        migrations.RenameField("synclink", "mark", "row_digest"),
        migrations.RenameField("synclink", "marks", "checkpoints"),
        migrations.RenameField("synclink", "deleted_there", "deleted_remotely"),
        migrations.RenameField("synclink", "deleted_here", "deleted_locally"),
        migrations.RenameField("synclink", "went_back", "rewinds"),
        migrations.RenameField("synclink", "ran_at", "last_run_at"),
        migrations.RenameField("synclink", "done_at", "last_synced_at"),
        migrations.RenameField("synclink", "next_try_at", "next_attempt_at"),
        migrations.RenameField("synclink", "tries", "attempts"),
        migrations.RenameField("synclink", "trouble", "last_error"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    "ALTER TABLE sync_rejectedevent RENAME COLUMN up TO was_push",
                    "ALTER TABLE sync_rejectedevent RENAME COLUMN was_push TO up",
                )
            ],
            state_operations=[
                migrations.RemoveConstraint("rejectedevent", "sync_refusal_once"),
                migrations.RenameField("rejectedevent", "up", "was_push"),
                migrations.AddConstraint("rejectedevent", ONCE),
            ],
        ),
    ]
