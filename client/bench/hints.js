// Which lines prompts call for: reads {hints, givens, prompts} on stdin, the prompts in the order of a session, and
// prints for each of `givens`, the numbers of lines that the session knows, the numbers of the lines of each prompt.
// `script/bench context` uses it.
"use strict";
const fs = require("node:fs");
const { matchHints } = require("../lib/hints/match.js");

const STDIN = 0;
const { hints, givens, prompts } = JSON.parse(fs.readFileSync(STDIN, "utf8"));

function choose(given) {
  const known = new Set(given);
  return prompts.map((prompt) => {
    const lines = matchHints(hints, prompt, { given: known });
    for (const { id } of lines) known.add(id);
    return lines.map(({ id }) => id);
  });
}

console.log(JSON.stringify(givens.map(choose)));
