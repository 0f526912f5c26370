"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { promisify } = require("node:util");
const gzip = promisify(require("node:zlib").gzip);
const { readIfThere, writeAtomically } = require("../files.js");
const { agentFor } = require("../network/agent.js");
const { request } = require("../request.js");
const { inWords } = require("../user-error.js");
const { judge } = require("./answer.js");
const outbox = require("./outbox.js");
const { settle } = require("./owner.js");
const { shrink } = require("./shrink.js");
const { noteStop } = require("./state.js");

const EVENTS_IN_A_BATCH = 1_000;
const BYTES_IN_A_BATCH = 4 * 1024 * 1024;
const GZIP_FROM = 1024;
const ANSWER_WITHIN_MS = Number(process.env.MEMFOG_TIMEOUT || 30_000);
const SMALLEST_EVENT = 16 * 1024;

/**
 * One way to a server: `drain` sends what waits in the outbox, oldest first, and returns what stopped it: null, {does:
 * "refused", status} or {does: "later", after, reason}. A file goes only after the server has named it taken.
 */
function courier(place, { isHeld = () => true, onDelivered = () => {} } = {}) {
  const agents = new Map();
  let bytesInABatch = BYTES_IN_A_BATCH;
  // What is done with, though its file could not be removed.
  const done = new Set();

  function isDoneWith(event, removal) {
    try {
      removal();
    } catch (error) {
      if (error.code !== "ENOENT") noteStop(place, inWords(error));
      done.add(event.file);
    }
  }

  const setAside = (event, reason) =>
    isDoneWith(event, () => outbox.setAside(place, event.file, { by: "server", ...reason }));

  async function drain(auth) {
    const trouble = await settle(place, auth);
    if (trouble) return trouble;
    for (const batch of batches(place, () => bytesInABatch, done)) {
      if (!isHeld()) return null;
      const stopped = await send(auth, batch);
      if (stopped) return stopped;
    }
    return null;
  }

  async function send(auth, batch) {
    const verdict = await post(auth, batch);
    const settle = ON_VERDICT[verdict.does];
    return settle ? settle(auth, batch, verdict) : verdict;
  }

  const ON_VERDICT = {
    async taken(auth, batch, { rejected, duplicates }) {
      bytesInABatch = Math.min(bytesInABatch * 2, BYTES_IN_A_BATCH);
      const refusals = new Map(rejected.map((one) => [one.index, one]));
      batch.forEach((event, index) => {
        if (!refusals.has(index)) isDoneWith(event, () => fs.rmSync(event.file, { force: true }));
      });
      onDelivered(batch.length - refusals.size, duplicates);
      const tooLarge = batch.filter((_, index) => refusals.get(index)?.code === "too_large");
      for (const [index, { code, detail }] of refusals)
        if (code !== "too_large") setAside(batch[index], { code, detail, status: 200 });
      return inTurn(
        auth,
        tooLarge
          .map(smaller)
          .filter(Boolean)
          .map((event) => [event]),
      );
    },
    async split(auth, batch, { reason }) {
      if (batch.length > 1) return inTurn(auth, halves(batch));
      setAside(batch[0], reason);
      return null;
    },
    async shrink(auth, batch) {
      if (batch.length > 1) return inTurn(auth, halves(batch));
      const event = smaller(batch[0]);
      return event && send(auth, [event]);
    },
  };

  async function inTurn(auth, parts) {
    for (const part of parts) {
      const stopped = await send(auth, part);
      if (stopped) return stopped;
    }
    return null;
  }

  /** The event at half its size, or null when it was put into quarantine since less of it would be nothing. */
  function smaller(event) {
    const text = event.size > SMALLEST_EVENT ? shrink(event.text, Math.floor(event.size / 2)) : null;
    if (text === null) {
      setAside(event, { code: "too_large", detail: `${event.size} bytes`, status: 413 });
      return null;
    }
    writeAtomically(event.file, text, { durable: false });
    return { ...event, text, size: Buffer.byteLength(text) };
  }

  async function post(auth, batch) {
    const plain = `{"events":[${batch.map((event) => event.text).join(",")}]}`;
    const isLarge = Buffer.byteLength(plain) > GZIP_FROM;
    const headers = { "Content-Type": "application/json", ...(isLarge ? { "Content-Encoding": "gzip" } : {}) };
    try {
      const body = isLarge ? await gzip(plain) : plain;
      return judge(
        await request(`${auth.url}/ingest`, {
          method: "POST",
          token: auth.token,
          headers,
          body,
          agent: agentOf(auth),
          timeout: ANSWER_WITHIN_MS,
        }),
        batch.length,
      );
    } catch (error) {
      if (error.code === "ETIMEDOUT")
        bytesInABatch = Math.max(Math.floor(Math.min(bytesInABatch, Buffer.byteLength(plain)) / 2), 1);
      return { does: "later", after: null, reason: reasonOf(error) };
    }
  }

  /** One for each way to a server, which may lead through a proxy. */
  function agentOf({ url, network }) {
    const way = JSON.stringify([new URL(url).origin, network]);
    if (!agents.has(way)) agents.set(way, agentFor(url, network, { keepAlive: true, timeout: ANSWER_WITHIN_MS }));
    return agents.get(way);
  }

  return {
    drain,
    close: () => {
      for (const agent of agents.values()) agent.destroy();
    },
  };
}

/** Behind the address of the server. */
const reasonOf = (error) =>
  error.remedy
    ? `can not be reached: ${error.message}; ${error.remedy}`
    : `can not be reached (${error.code ?? error.message})`;

const halves = (batch) => [batch.slice(0, batch.length >> 1), batch.slice(batch.length >> 1)];

/** Batches of [{file, text, size}] as large as `limit()` allows at the moment each is made. */
function* batches(place, limit, done) {
  let batch = [];
  let bytes = 0;
  for (const name of outbox.waiting(place)) {
    const file = path.join(place.outbox, name);
    const text = done.has(file) ? null : readable(file);
    if (text === null) continue;
    const size = Buffer.byteLength(text);
    if (batch.length === EVENTS_IN_A_BATCH || (batch.length && bytes + size > limit())) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push({ file, text, size });
    bytes += size;
  }
  if (batch.length) yield batch;
}

/** One that can not be read must not keep the others; `doctor` tells it. */
function readable(file) {
  try {
    return readIfThere(file);
  } catch {
    return null;
  }
}

module.exports = { courier };
