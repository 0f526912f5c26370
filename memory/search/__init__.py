"""Search: query, index, ranking and hits."""
