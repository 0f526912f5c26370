"use strict";
const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const http = require("node:http");
const https = require("node:https");
const net = require("node:net");
const path = require("node:path");

/**
 * A proxy on loopback that supports CONNECT: {url, asked: [{target, authorization}], stop}. `names` maps names that do
 * not exist to ports; `credentials` ("name:password") are required if given; `refuses` is a status to answer every
 * request.
 */
async function startProxy({ names = {}, credentials = null, refuses = null, certificate = null } = {}) {
  const asked = [];
  const sockets = new Set();
  const listener = certificate ? https.createServer(certificate) : http.createServer();
  listener.on("connection", (socket) => sockets.add(socket.on("error", () => {})));
  listener.on("connect", (incoming, socket, head) => {
    asked.push({ target: incoming.url, authorization: incoming.headers["proxy-authorization"] ?? null });
    const isKnown =
      !credentials ||
      incoming.headers["proxy-authorization"] === `Basic ${Buffer.from(credentials).toString("base64")}`;
    const status = refuses ?? (isKnown ? 200 : 407);
    if (status !== 200) return socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
    return lead(incoming.url, names, socket, head);
  });
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const url = `${certificate ? "https://localhost" : "http://127.0.0.1"}:${listener.address().port}`;
  return {
    url,
    asked,
    stop: () =>
      new Promise((resolve) => {
        listener.close(resolve);
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function lead(target, names, socket, head) {
  const [, host, port] = /^(.*):(\d+)$/.exec(target);
  const onward = net.connect(names[host] ?? Number(port), "127.0.0.1", () => {
    socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
    onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  for (const one of [onward, socket])
    one
      .on("error", () => {})
      .on("close", () => {
        onward.destroy();
        socket.destroy();
      });
}

const CURVE = "ec_paramgen_curve:prime256v1";

/** A private certificate authority and a certificate that it signed for `names`: {file, key, cert}. */
function authority(folder, names) {
  const at = (name) => path.join(folder, name);
  const openssl = (...args) => {
    const { status, stderr } = spawnSync("openssl", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(stderr);
  };
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(
    at("names"),
    `subjectAltName=${names.map((name) => (net.isIP(name) ? `IP:${name}` : `DNS:${name}`)).join(",")}\n`,
  );
  const subject = (name) => ["-subj", `/CN=${name}`, "-nodes", "-newkey", "ec", "-pkeyopt", CURVE];
  const request = ["-keyout", at("server.key"), "-out", at("server.csr")];
  const signer = ["-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-extfile", at("names")];
  const authorityFiles = ["-keyout", at("ca.key"), "-out", at("ca.pem")];
  openssl("req", "-x509", ...subject("An authority of one's own"), ...authorityFiles, "-days", "2");
  openssl("req", ...subject("server"), ...request);
  openssl("x509", "-req", "-in", at("server.csr"), ...signer, "-out", at("server.pem"), "-days", "2");
  return { file: at("ca.pem"), key: fs.readFileSync(at("server.key")), cert: fs.readFileSync(at("server.pem")) };
}

module.exports = { startProxy, authority };
