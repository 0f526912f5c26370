"""Where backups are kept: what BACKUP_URL names."""

from pathlib import Path

from django.conf import settings

from backups.backup_errors import Trouble
from backups.stores.folder_store import Folder
from backups.stores.object_store import Shelf
from backups.stores.s3_store import Bucket


def opened() -> Shelf:
    """Raises Trouble where backups are not configured."""
    url = settings.BACKUP_URL
    if not url:
        raise Trouble("This server makes no backups: BACKUP_URL is not set.")
    if url.startswith("s3://"):
        return Bucket(
            url,
            endpoint=settings.BACKUP_S3_ENDPOINT,
            key=settings.BACKUP_S3_KEY,
            secret=settings.BACKUP_S3_SECRET,
        )
    return Folder(Path(url).expanduser())
