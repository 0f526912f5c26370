"""The session seen from above: its map, and its turns by cost."""
