"use strict";
const fs = require("node:fs");
const path = require("node:path");
const { isHeadless } = require("../context/headless.js");
const { parseSpooled, recordInjection } = require("../context/injected.js");
const { openTurnFolder } = require("../context/turn-folder.js");
const { mainOf, repoOf } = require("../git/repo.js");
const { readConfig } = require("../privacy/config.js");
const { makePrivacyGate } = require("../privacy/gate.js");
const { findTagged } = require("../redact/tags.js");
const { hash } = require("../short-hash.js");
const { noteGiven, readGiven } = require("./given-lines.js");
const { readCache } = require("./hint-cache.js");
const { matchHints } = require("./match.js");

// Several registrations fire for one prompt at the same moment.
const SAME_PROMPT_WINDOW_MS = 15_000;
// The value of `context` in config.json with which sessions that a program starts get it, too.
const ALL_SESSIONS = "all";
const CHARS_PER_TOKEN = 4;
const STDOUT = 1;

/**
 * Prints lines about the subject of a prompt, as the one JSON object that Claude Code reads, or nothing. `spooled`
 * is the spool file of the prompt. It asks no server: a shipper keeps the lines ready.
 */
function giveHints(paths, spooled) {
  const submitted = parseSpooled(spooled);
  const lines = submitted && mayHint(paths, submitted) ? readCache(paths, submitted.root) : null;
  if (!lines) return;
  const { session_id: session, prompt } = submitted.payload;
  const typed = publicPart(prompt).trim();
  // The host submits prompts, too, and begins them with a tag.
  if (typed.startsWith("<")) return;
  const chosen = matchHints(lines.hints, typed, { given: readGiven(paths, session), session });
  if (chosen.length === 0 || !claimPrompt(paths, submitted)) return;
  const text = [lines.header, ...chosen.map(({ line }) => line)].join("\n");
  const output = { hookSpecificOutput: { hookEventName: "UserPromptSubmit", additionalContext: text } };
  noteGiven(
    paths,
    session,
    chosen.map(({ id }) => id),
  );
  fs.writeSync(STDOUT, JSON.stringify(output));
  recordInjection(paths, submitted, {
    source: "prompt",
    tokens: Math.ceil(text.length / CHARS_PER_TOKEN),
    items: chosen.map(({ id, tokens }) => ({ id, tokens })),
    characters: text.length,
    cut: false,
  });
}

function mayHint(paths, { entrypoint, root, payload }) {
  const { hints, context } = readConfig(paths);
  if (hints !== true || typeof payload.prompt !== "string" || typeof payload.session_id !== "string") return false;
  if (context !== ALL_SESSIONS && isHeadless({ entrypoint, folders: [root, String(payload.cwd ?? "")] })) return false;
  const time = BigInt(Date.now()) * 1_000_000n;
  // The gate must not note a private prompt here: the shipper does, when it has the event.
  const draft = { hook: "hints", root, time, payload: { value: payload } };
  return !makePrivacyGate(paths).isHeldBack(draft, { repoOf, mainOf });
}

/** A prompt without its private parts: the numbers of the lines that it brings up are sent. */
function publicPart(prompt) {
  let rest = "";
  let copiedUpTo = 0;
  for (const { start, end } of findTagged(prompt, { toTheEnd: true })) {
    rest += `${prompt.slice(copiedUpTo, start)} `;
    copiedUpTo = end;
  }
  return rest + prompt.slice(copiedUpTo);
}

/** Lets one of several registrations speak, also of those of another home. */
function claimPrompt(paths, { text }) {
  let file = null;
  try {
    file = path.join(openTurnFolder(paths), `${hash(text)}.hint`);
    fs.writeFileSync(file, "", { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    // Without a folder to agree in, speaking twice is better than never.
    if (file === null || error.code !== "EEXIST") return true;
  }
  const isSame = Date.now() - (fs.statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0) < SAME_PROMPT_WINDOW_MS;
  if (!isSame) fs.writeFileSync(file, "", { mode: 0o600 });
  return !isSame;
}

module.exports = { giveHints };
