"""Query, index, ranking and hits."""
