"""Small pure values that all packages of this app share."""
