"""Opens the object store that BACKUP_URL names."""

from pathlib import Path

from django.conf import settings

from backups.backup_errors import BackupError
from backups.stores.folder_store import FolderStore
from backups.stores.object_store import ObjectStore
from backups.stores.s3_store import S3Store


def open_store() -> ObjectStore:
    """Opens the configured store. Raises BackupError if backups are not configured."""
    url = settings.BACKUP_URL
    if not url:
        raise BackupError("Backups are not configured: BACKUP_URL is not set.")
    if url.startswith("s3://"):
        return S3Store(
            url,
            endpoint=settings.BACKUP_S3_ENDPOINT,
            key=settings.BACKUP_S3_KEY,
            secret=settings.BACKUP_S3_SECRET,
        )
    return FolderStore(Path(url).expanduser())
