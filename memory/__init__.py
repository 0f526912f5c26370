"""What is derived from the log. Everything here can be thrown away and rebuilt."""
