"use strict";
const http = require("node:http");
const { ALICE, bodyOf, listen } = require("../testing/servers/server.js");

/**
 * A loopback server that keeps the ids of events and nothing else, so that a benchmark may send it gigabytes. `counts`
 * has what arrived since `reset()`; `onBatch()` is called before each answer.
 */
async function startCountingServer(onBatch = () => {}) {
  const known = new Set();
  const server = { token: "mfg_alice", counts: null };
  server.reset = () => {
    server.counts = { batches: 0, events: 0, fresh: 0, bytes: 0 };
  };
  server.reset();
  const listener = http.createServer(async (incoming, outgoing) => {
    const { text: body } = await bodyOf(incoming);
    const answer = incoming.url === "/ingest" ? store(body) : incoming.url === "/me" ? ALICE : null;
    outgoing.writeHead(answer ? 200 : 404, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
  });
  function store(body) {
    onBatch();
    const { events } = JSON.parse(body);
    const isNew = events.filter(({ id }) => known.size < known.add(id).size).length;
    server.counts.batches += 1;
    server.counts.events += events.length;
    server.counts.fresh += isNew;
    server.counts.bytes += body.length;
    return { accepted: isNew, duplicates: events.length - isNew, rejected: [] };
  }
  return listen(server, listener);
}

module.exports = { startCountingServer };
