"""Every limit of what the log accepts and serves. `GET /api/limits` and each 413 name them; the contract explains them.

The client cuts below these limits on purpose (`client/lib/`); a test compares both sides.
"""

MAX_EVENT_BYTES = 1_048_576  # one event, in UTF-8
MAX_NESTING = 500  # arrays and objects of one event, one inside another
MAX_LOCATION_BYTES = 4_096  # each of `project`, `root` and `repo`
MAX_EVENTS = 1_000  # events of one request
MAX_REQUEST_BYTES = 8_388_608  # one request as sent
MAX_INFLATED_BYTES = 16_777_216  # one request after decompression
# A line of an archive: an event and what an export adds to it (the owner, the time of arrival, an omitted default).
MAX_LINE_BYTES = MAX_EVENT_BYTES + 8_192
# Streams open at once in each web process: enough for twenty tabs and a sync of a user, and for an office.
STREAMS_PER_USER = 40
STREAMS_PER_ADDRESS = 500
