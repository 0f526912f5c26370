// Which lines prompts call for: reads {hints, given, prompts} on stdin, the prompts in the order of a session, and
// prints for each prompt the numbers of its lines. `script/bench context` uses it.
"use strict";
const fs = require("node:fs");
const { matchHints } = require("../lib/hints/match.js");

const STDIN = 0;
const { hints, given, prompts } = JSON.parse(fs.readFileSync(STDIN, "utf8"));
const known = new Set(given);
const chosen = prompts.map((prompt) => {
  const lines = matchHints(hints, prompt, { given: known });
  for (const { id } of lines) known.add(id);
  return lines.map(({ id }) => id);
});
console.log(JSON.stringify(chosen));
