"use strict";

const MAX_PROMPT_CHARS = 200;
const SHORT_COMMIT = 10;

/** A traced line as JSON for editors. */
function toJson({ url }, file, number, { commit, change, sureness, commitSessions }) {
  const base = { path: file.name, line: number, commit, commit_sessions: commitSessions.map(({ id }) => id), sureness };
  if (!change) return { ...base, prompt: null };
  return {
    ...base,
    prompt: change.prompt || null,
    session_id: change.session_id,
    session_title: change.session_title,
    machine: change.machine,
    edited_at: change.ts,
    cost_usd: change.cost_usd,
    turn_cost_usd: change.turn_cost_usd,
    url: linkTo(url, change),
  };
}

/** What is known of one line, for a terminal. */
function describeLine({ url }, file, number, { commit, summary, change, sureness, isByCommit, commitSessions }) {
  const heading = `${file.name}:${number}`;
  const committed = commit
    ? `commit ${commit.slice(0, SHORT_COMMIT)}${summary ? `, ${summary}` : ""}`
    : "not committed";
  if (!change?.prompt)
    return [
      `${heading}  No prompt is known for this line (${committed}).`,
      ...commitSessions.map(
        ({ id, title }) => `  its commit was made by  ${title || id}, ${url}/sessions/${encodeURIComponent(id)}`,
      ),
    ];
  return [
    `${heading}  ${firstLine(change.prompt)}`,
    `  session  ${change.session_title || change.session_id}, ${shortTime(change.ts)}${on(change.machine)}`,
    `  commit   ${committed}`,
    ...costLine(change),
    `  sure     ${describeSureness(sureness, isByCommit)}`,
    `  ${linkTo(url, change)}`,
  ];
}

function describeSureness(sureness, isByCommit) {
  if (sureness !== "certain") return "likely, not certain";
  return isByCommit ? "yes: a like text, and the session of its commit" : "yes: the text of the line";
}

/** The prompts behind many lines, those with the most lines first: [{change, lines, files, cost}]. */
function sumByPrompt(traced) {
  const sums = new Map();
  for (const { file, result } of traced) {
    const { change } = result;
    if (!change?.prompt) continue;
    const key = change.prompt_id;
    const sum = sums.get(key) ?? { change, lines: 0, files: new Set(), changes: new Map() };
    sum.lines++;
    sum.files.add(file.name);
    sum.changes.set(`${change.id} ${change.path}`, change.cost_usd);
    sums.set(key, sum);
  }
  return [...sums.values()]
    .map(({ change, lines, files, changes }) => ({ change, lines, files: [...files], cost: sumCosts(changes) }))
    .sort((one, other) => other.lines - one.lines);
}

const sumCosts = (changes) =>
  [...changes.values()].reduce((sum, cost) => (cost === null ? sum : (sum ?? 0) + cost), null);

/** The prompts behind a file, for a terminal. */
function describePrompts({ url }, traced) {
  return sumByPrompt(traced).flatMap(({ change, lines, cost }) => [
    `${String(lines).padStart(6)} line(s)  ${firstLine(change.prompt)}`,
    `                ${shortTime(change.ts)}${on(change.machine)}${cost === null ? "" : `, ${about(cost)}`}`,
    `                ${linkTo(url, change)}`,
  ]);
}

/** The prompts behind a diff, as Markdown for a pull request. `left` counts files that were left out. */
function toMarkdown({ url }, traced, left = 0) {
  const sums = sumByPrompt(traced);
  const known = sums.reduce((sum, { lines }) => sum + lines, 0);
  const rows = sums.map(
    ({ change, lines, files, cost }) =>
      `| [${escapeMarkdown(firstLine(change.prompt))}](${linkTo(url, change)}) | ${lines} | ` +
      `${files.map(codeSpan).join(", ")} | ${cost === null ? "" : cell(cost)} |`,
  );
  const total = sums.reduce((sum, { cost }) => sum + (cost ?? 0), 0);
  return [
    "### Prompts behind these changes",
    "",
    ...(rows.length ? ["| Prompt | Lines | Files | Cost |", "|---|--:|---|--:|", ...rows, ""] : []),
    `${known} of ${traced.length} added lines come from these prompts${total ? `, for ${about(total)}` : ""}.`,
    ...(left ? ["", `${left} more file(s) of this diff were left out.`] : []),
  ];
}

const linkTo = (url, change) => `${url}/sessions/${encodeURIComponent(change.session_id)}?at=${change.id}`;
const shortTime = (text) => text.slice(0, 16).replace("T", " ");
const on = (machine) => (machine ? ` on ${machine}` : "");
const isCounted = (value) => value >= 0.005;
const dollars = (value) => (isCounted(value) ? `$${value.toFixed(2)}` : "less than $0.01");
const about = (value) => (isCounted(value) ? `about ${dollars(value)}` : dollars(value));
const cell = (value) => (isCounted(value) ? `≈ ${dollars(value)}` : "< $0.01");
const codeSpan = (name) => `\`${name.replace(/[`|\n]/g, "?")}\``;
const escapeMarkdown = (text) => text.replace(/[\\`*_{}[\]<>#|]/g, "\\$&");

function costLine({ cost_usd: share, turn_cost_usd: turn }) {
  return share === null ? [] : [`  cost     ${about(share)} of ${dollars(turn)} for the turn`];
}

function firstLine(text) {
  const line = text.split("\n").find((part) => part.trim()) ?? "";
  const short = line.trim().replace(/\s+/g, " ");
  return short.length > MAX_PROMPT_CHARS ? `${short.slice(0, MAX_PROMPT_CHARS - 1)}…` : short;
}

module.exports = { toJson, describeLine, describePrompts, toMarkdown };
