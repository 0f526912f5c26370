"""The rows of the log, and the notification of its streams."""
