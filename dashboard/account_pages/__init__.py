"""`/machines`, `/settings/…` and the download of an account."""
