from typing import Any

from django.conf import settings

from backups import maintenance, nightly_run
from backups.backup_command import BackupCommand
from backups.stores import store_registry


class Command(BackupCommand):
    help = "Verifies all backups and deletes those older than 14 days if 14 newer backups are verified."

    def run(self, **options: Any) -> dict[str, Any]:
        store = store_registry.open_store()
        maintenance.clean_up_store(store, settings.DATA_DIR)
        callbacks = nightly_run.RunCallbacks(on_message=lambda text: self.write_line(text, options))
        return {"deleted": nightly_run.check_and_prune(store, callbacks)}
