"""Where backups are kept: what BACKUP_URL names."""

from pathlib import Path

from django.conf import settings

from backups.folder import Folder
from backups.s3 import Bucket
from backups.shelf import Shelf
from backups.trouble import Trouble


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
