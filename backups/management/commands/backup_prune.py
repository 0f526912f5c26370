from typing import Any

from django.conf import settings

from backups import nightly, store, upkeep
from backups.terminal import BackupCommand


class Command(BackupCommand):
    help = "Verifies every backup, and deletes those over 14 days old that 14 newer verified ones have replaced."

    def act(self, **options: Any) -> dict[str, Any]:
        shelf = store.opened()
        upkeep.clean_up(shelf, settings.DATA_DIR)
        said = nightly.Said(say=lambda text: self.line(text, options))
        return {"deleted": nightly.tidy(shelf, said)}
