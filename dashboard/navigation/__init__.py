"""What every page has: the command palette, the pulse of the sessions and the favicon."""
