"""The history of files: which prompt changed a file, and what that cost."""
