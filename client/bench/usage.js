"use strict";
// Prints the Usage events that an import would make of the transcripts in a config root, one as JSON a line:
// `node client/bench/usage.js ROOT`. `script/bench usage` counts them as the server does.
const { findTranscripts } = require("../lib/transcripts/transcript-files.js");
const { readUsage } = require("../lib/transcripts/usage/usage-records.js");

function printUsage(file) {
  for (let offset = 0, isAll = false, prompt = null; !isAll; ) {
    const part = readUsage(file, { offset, prompt, isComplete: true });
    for (const { id, time, payload } of part.events)
      process.stdout.write(
        `${JSON.stringify({ id, ts: new Date(Number(time / 1_000_000n)).toISOString(), data: JSON.parse(payload) })}\n`,
      );
    ({ offset, prompt, isAll } = part);
  }
}

for (const { file } of findTranscripts([process.argv[2]])) printUsage(file);
