"use strict";
const os = require("node:os");
const path = require("node:path");
const { listNames } = require("../../files.js");
const { redactName } = require("../../redact/redact.js");
const outbox = require("../outbox/outbox.js");
const manifest = require("../../../package.json");

const MAX_NAME_CHARS = 200;
const REPORT_INTERVAL_MS = 60_000;
const BUILD = /-([0-9a-f]{8})$/;

/** The name under which this machine is known to the server. */
const machineName = () => redactName(os.hostname()).slice(0, MAX_NAME_CHARS);

/**
 * What a shipper reports of this machine beside events: counts and versions only. A report goes with the
 * first request, with one a minute, and with the one that empties the outbox.
 */
class MachineReporter {
  #paths;
  #nextReport = 0;
  #left = 0;

  constructor(paths) {
    this.#paths = paths;
  }

  /** The headers to send with a batch of this many events: {} if no report is due. */
  headersFor(batchSize) {
    const wasWaiting = this.#left > 0;
    this.#left -= batchSize;
    if (Date.now() < this.#nextReport && !(wasWaiting && this.#left <= 0)) return {};
    this.#nextReport = Date.now() + REPORT_INTERVAL_MS;
    const report = reportOn(this.#paths, batchSize);
    this.#left = report.waiting;
    return { "Memfog-Machine": asciiJson(report) };
  }

  /** After a request that failed: the next one reports again. */
  reportNext() {
    this.#nextReport = 0;
  }
}

/** The state of this machine once a batch of this many events, the oldest that wait, has arrived. */
function reportOn(paths, batchSize) {
  const names = outbox.listEvents(paths).slice(batchSize);
  const age = names.length ? Math.max(0, Math.round((Date.now() - outbox.timeOf(names[0])) / 1000)) : 0;
  return {
    name: machineName(),
    version: manifest.version,
    build: typeof manifest.memfog?.api === "string" ? (BUILD.exec(path.resolve(__dirname, "../../.."))?.[1] ?? "") : "",
    waiting: names.length + listNames(paths.spool).length,
    oldest_s: Math.min(age, 1e9),
    refused: listNames(paths.quarantine).filter((name) => name.endsWith(".why")).length,
  };
}

/** JSON for a header, which may hold ASCII alone. */
const asciiJson = (value) =>
  JSON.stringify(value).replace(/[\u007f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);

module.exports = { MachineReporter, machineName };
