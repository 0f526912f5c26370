"""`/demo/…`: sample sessions."""
