"""Tables and columns get the names of the glossary; what operators may do goes along."""

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

ACTIONS = ("add", "change", "delete", "view")
MAIL_KINDS = [
    ("verify", "Verify"),
    ("already_registered", "Already Registered"),
    ("reset", "Reset"),
    ("password_changed", "Password Changed"),
    ("new_sign_in", "New Sign In"),
    ("new_email", "New Email"),
    ("email_changing", "Email Changing"),
    ("email_changed", "Email Changed"),
    ("two_factor_on", "Two Factor On"),
    ("two_factor_off", "Two Factor Off"),
    ("nothing", "Decoy"),
]
MODELS = {"session": "browsersession", "operatoract": "operatoraction"}


def rename_permissions(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rename(apps, MODELS)


def restore_permissions(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _rename(apps, {new: old for old, new in MODELS.items()})


def _rename(apps: StateApps, models: dict[str, str]) -> None:
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="accounts")
    for old, new in models.items():
        for action in ACTIONS:
            permissions.filter(codename=f"{action}_{old}").update(codename=f"{action}_{new}")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_outgoingmail_network")]
    operations = [
        migrations.RenameModel("Session", "BrowserSession"),
        migrations.RenameModel("OperatorAct", "OperatorAction"),
        migrations.RenameField("browsersession", "since", "signed_in_at"),
        migrations.RenameField("browsersession", "seen_at", "last_seen_at"),
        migrations.RenameField("devicelogin", "device_digest", "device_code_digest"),
        migrations.RenameField("devicelogin", "user_digest", "user_code_digest"),
        migrations.RenameField("localaccount", "link_made_at", "link_created_at"),
        migrations.RenameField("operatoraction", "what", "action"),
        migrations.RenameField("operatoraction", "whom", "target_user"),
        migrations.RenameField("outgoingmail", "tries", "attempts"),
        migrations.RenameField("outgoingmail", "next_try_at", "next_attempt_at"),
        migrations.RenameField("outgoingmail", "network", "network_digest"),
        migrations.RenameField("user", "epoch", "credential_epoch"),
        migrations.RenameField("user", "live_link", "active_link_id"),
        migrations.AlterField("outgoingmail", "kind", models.CharField(choices=MAIL_KINDS, max_length=30)),
        migrations.RunPython(rename_permissions, restore_permissions),
    ]
