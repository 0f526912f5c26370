"use strict";
const { kindOfName } = require("./names.js");
const { isSecret } = require("./value-rules.js");

// The line below the header of a table: |---|---|, ---+---, with + at the ends as in MySQL.
const RULE = /^[ \t]*[|+]?[ \t]*:?-{2,}[-+|: \t]*$/;
const MAX_HEAD_CHARS = 1024;

/**
 * Secrets in columns whose headers name them, in tables of Markdown and of databases, as {found: [{kind, start, end}],
 * steps}.
 */
function findInTables(text) {
  const result = { found: [], steps: 0 };
  if (!text.includes("-|") && !text.includes("-+") && !text.includes("- |")) return result;
  for (let at = text.indexOf("--"), readUpTo = 0; at >= 0; at = text.indexOf("--", readUpTo)) {
    const start = text.lastIndexOf("\n", at) + 1;
    const end = lineEnd(text, at);
    readUpTo = isRule(text, start, end) ? readRows(text, { start, end }, result) : end + 1;
    result.steps += readUpTo - start;
  }
  return result;
}

const isRule = (text, start, end) =>
  end - start <= MAX_HEAD_CHARS && RULE.test(text.slice(start, end)) && /[|+]/.test(text.slice(start, end));

const lineEnd = (text, at) => {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end;
};

/** Reads the rows below a rule; returns the end of the table. */
function readRows(text, { start, end }, { found }) {
  const headStart = text.lastIndexOf("\n", start - 2) + 1;
  if (start < 2 || start - headStart > MAX_HEAD_CHARS) return end + 1;
  const kinds = splitCells(text.slice(headStart, start - 1), headStart).map(({ value }) =>
    kindOfName(value.replace(/[`*"' ]/g, (sign) => (sign === " " ? "_" : ""))),
  );
  if (!kinds.some(Boolean)) return end + 1;
  let at = end + 1;
  while (at < text.length) {
    const last = lineEnd(text, at);
    const row = text.slice(at, last);
    if (!row.includes("|") || isRule(text, at, last)) break;
    splitCells(row, at).forEach((cell, column) => {
      if (kinds[column] && isSecret(kinds[column], cell.value, "spoken"))
        found.push({ kind: kinds[column], start: cell.start, end: cell.start + cell.value.length });
    });
    at = last + 1;
  }
  return at;
}

/** The cells of a row as [{value, start}], without the blanks and marks around them. */
function splitCells(row, from) {
  const cells = [];
  let at = 0;
  for (const part of row.split("|")) {
    const value = part.trim().replace(/^[`*"']+|[`*"']+$/g, "");
    cells.push({ value, start: from + at + (value === "" ? 0 : part.indexOf(value)) });
    at += part.length + 1;
  }
  return /^[ \t]*\|/.test(row) ? cells.slice(1) : cells;
}

module.exports = { findInTables };
