"""Small pure values that every package of this app shares."""
