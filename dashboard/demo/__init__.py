"""`/demo/…`: the demo sessions."""
