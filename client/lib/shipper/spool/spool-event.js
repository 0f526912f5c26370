// Apart from spool.js, which loads much more than the start of a session needs.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { makePrivateFolder } = require("../../files.js");

/** The entry point of a host, as it stands in the first line. */
const ENTRYPOINT = /^[\w-]{1,64}$/;

const ORIGIN = /^([\w-]{1,64})?(?:\^(\d{1,10}))?$/;

/**
 * How the host was started, and its process id, from the word that a hook wrote about it: {entrypoint, hostPid}, each
 * null if the word does not say it. A client of an earlier version writes the entry point alone, and reads no other.
 */
function readOrigin(word) {
  const [, entrypoint = null, pid] = ORIGIN.exec(word ?? "") ?? [];
  return { entrypoint, hostPid: Number(pid) || null };
}

/** The last line of a spool file, which completes it. */
const endingOf = (name) => Buffer.from(`\0memfog ${name}\n`);

/**
 * Adds a derived event to the spool, so that it is processed like every other; `name` is a hook or a kind, `time` in
 * nanoseconds.
 */
function spoolEvent(paths, { name, id, time, root = "", entrypoint, payload }) {
  const from = ENTRYPOINT.test(entrypoint ?? "") ? ` @${entrypoint}` : "";
  const head = `memfog 2 ${name} ${time} ${id}${from}\n${root.replaceAll("\0", "")}\0`;
  const content = Buffer.concat([Buffer.from(head), Buffer.from(payload), endingOf(id)]);
  makePrivateFolder(paths.spool);
  fs.writeFileSync(path.join(paths.spool, id), content, { mode: 0o600 });
}

module.exports = { ENTRYPOINT, readOrigin, endingOf, spoolEvent };
