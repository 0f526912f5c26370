"""Creates, changes, exports and deletes accounts."""
