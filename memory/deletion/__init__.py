"""Takes sessions and accounts out of memory."""
