from typing import Any

from django.conf import settings

from backups import maintenance, nightly_run
from backups.backup_command import BackupCommand
from backups.stores import store_registry


class Command(BackupCommand):
    help = "Verifies every backup, and deletes those over 14 days old that 14 newer verified ones have replaced."

    def act(self, **options: Any) -> dict[str, Any]:
        shelf = store_registry.opened()
        maintenance.clean_up(shelf, settings.DATA_DIR)
        said = nightly_run.Said(say=lambda text: self.line(text, options))
        return {"deleted": nightly_run.tidy(shelf, said)}
