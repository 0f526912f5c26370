"""What events say about files: which were changed or moved, and which lines were added."""
