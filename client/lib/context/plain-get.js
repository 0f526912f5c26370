// A GET without TLS and without a proxy, for the start of a session: node:http alone takes longer to load than all
// other modules that it needs.
"use strict";
const net = require("node:net");

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const END_OF_HEAD = "\r\n\r\n";

/** {status, text} of the answer. Rejects with the socket's error, or if it is no answer; the caller limits the time. */
function plainGet(url, headers) {
  const { host, hostname, port, pathname, search } = new URL(url);
  const lines = Object.entries({ Host: host, Connection: "close", ...headers }).map((pair) => pair.join(": "));
  return new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const socket = net.connect(Number(port || 80), hostname.replace(/^\[|\]$/g, ""));
    const finish = (hasEnded) => {
      const answer = readAnswer(received, hasEnded);
      if (!answer && !hasEnded && received.length <= MAX_ANSWER_BYTES) return;
      socket.destroy();
      answer ? resolve(answer) : reject(new Error("this is no whole answer"));
    };
    socket.write([`GET ${pathname}${search} HTTP/1.1`, ...lines].join("\r\n") + END_OF_HEAD);
    socket.on("error", reject);
    socket.on("end", () => finish(true));
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      finish(false);
    });
  });
}

/** The answer in these bytes, or null if they do not hold all of it. */
function readAnswer(bytes, hasEnded) {
  const end = bytes.indexOf(END_OF_HEAD);
  const head = bytes.toString("latin1", 0, Math.max(end, 0));
  const [, status] = /^HTTP\/1\.[01] (\d{3})\b/.exec(head) ?? [];
  const body = status ? readBody(head, bytes.subarray(end + END_OF_HEAD.length), hasEnded) : null;
  return body && { status: Number(status), text: body.toString() };
}

function readBody(head, rest, hasEnded) {
  if (/\r\ntransfer-encoding:[^\r]*\bchunked\b/i.test(head)) return joinChunks(rest);
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (length === undefined) return hasEnded ? rest : null;
  return rest.length >= Number(length) ? rest.subarray(0, Number(length)) : null;
}

function joinChunks(rest) {
  const chunks = [];
  for (let at = 0; ; ) {
    const line = rest.indexOf("\r\n", at);
    const digits = line < 0 ? null : /^[0-9a-f]+/i.exec(rest.toString("latin1", at, line));
    const size = digits ? Number.parseInt(digits[0], 16) : NaN;
    if (size === 0) return Buffer.concat(chunks);
    at = line + 2 + size + 2;
    if (!(at <= rest.length)) return null;
    chunks.push(rest.subarray(line + 2, line + 2 + size));
  }
}

module.exports = { plainGet };
