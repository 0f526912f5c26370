"use strict";
const fs = require("node:fs");
const { redactText } = require("../redact/redact.js");
const { cutBack, MARGIN } = require("./cut.js");

const KEPT = 65_536;

/** The head of a file of whatever content as text, without secrets. */
function headWithoutSecrets(file) {
  const { size } = fs.statSync(file);
  const bytes = Buffer.alloc(Math.min(size, KEPT + MARGIN));
  const descriptor = fs.openSync(file);
  try {
    fs.readSync(descriptor, bytes, 0, bytes.length, 0);
  } finally {
    fs.closeSync(descriptor);
  }
  const isAll = bytes.length === size;
  const { text } = redactText(bytes.toString());
  return isAll && text.length <= KEPT ? text : cutBack(text, { head: KEPT, bytes: size, sha256: "not counted", isAll });
}

module.exports = { headWithoutSecrets };
