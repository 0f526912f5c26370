"""Parts of a server that runs on its owner's machine."""
