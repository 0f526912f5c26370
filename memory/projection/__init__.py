"""The projection: reads the log, applies the rules, writes derived rows."""
