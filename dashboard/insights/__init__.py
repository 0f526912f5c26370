"""`/insights`."""
