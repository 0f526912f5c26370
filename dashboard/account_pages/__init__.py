"""`/machines`, `/settings/…` and `/export`, the download of an account."""
