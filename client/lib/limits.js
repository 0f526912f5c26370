"use strict";

// What this client sends at most; the server's limits are in `GET /api/limits`. A test compares both sides.
module.exports = {
  // Below the server's limit of an event, so that a difference in counting causes no second request.
  MAX_EVENT_BYTES: 1024 * 1024 - 4096,
  // Of a hook's payload; its event has room for the envelope.
  MAX_PAYLOAD_BYTES: 1024 * 1024 - 32 * 1024,
  // Of each folder and of the repository.
  MAX_LOCATION_BYTES: 4096,
  // Of one request, in events and in bytes before compression.
  MAX_BATCH_EVENTS: 1_000,
  MAX_BATCH_BYTES: 4 * 1024 * 1024,
};
