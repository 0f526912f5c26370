"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const https = require("node:https");
const path = require("node:path");
const { test } = require("node:test");
const { findProxy, readProxies } = require("../lib/network/proxy.js");
const { call, entryOf, hook, memfog, pretendShipper, scratch, until } = require("../testing/scratch.js");
const { authority, startProxy } = require("../testing/servers/proxy.js");
const { startServer } = require("../testing/servers/server.js");
const { ship, spool } = require("../testing/shipping.js");

const CREDENTIALS = "name:p%40ss w0rd";
const NAME = "memfog.only-the-proxy-knows.example";

/** A server whose name only a proxy can resolve. */
async function behindProxy(test, options) {
  const server = await startServer();
  test.after(server.stop);
  const proxy = await startProxy({ names: { [NAME]: Number(new URL(server.url).port) }, ...options });
  test.after(proxy.stop);
  return { here: scratch(test, { linger: 0 }), server, proxy };
}

const connecting = (url) => ["connect", "claude-code", "--token", "mfg_alice", "--api", url];
const connectTo = (here, url, env) => call(here, connecting(url), { env });
/** In a separate process: Node reads trusted certificates only when it starts. */
const connectTrusting = (here, url, env) => memfog(here, connecting(url), { env });

/** A server with TLS whose certificate a private authority signed. */
async function withTls(test, here, names = ["localhost", NAME]) {
  const server = await startServer();
  test.after(server.stop);
  const signed = authority(path.join(here.home, "authority"), names);
  const listener = https.createServer({ key: signed.key, cert: signed.cert }, (incoming, outgoing) =>
    server.handle(incoming, outgoing),
  );
  await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
  test.after(() => {
    listener.close();
    listener.closeAllConnections();
  });
  return {
    server,
    ca: signed.file,
    signed,
    port: listener.address().port,
    url: `https://localhost:${listener.address().port}`,
  };
}

for (const name of ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
  test(`${name} is heard by connect, by the shipper whose environment lacks it, and by every command`, async (test) => {
    const { here, server, proxy } = await behindProxy(test);
    const result = await connectTo(here, `http://${NAME}`, { [name]: proxy.url });
    assert.deepEqual([result.code, result.stderr], [0, ""]);
    pretendShipper(here);
    await spool(here, { index: 1 });
    await ship(test, here);
    assert.equal(server.events.size, 1);
    const { findings } = JSON.parse((await call(here, ["status", "--json"])).stdout);
    assert.equal(findings.find((one) => one.name === "account").ok, true);
    assert.ok(proxy.asked.length >= 3 && proxy.asked.every(({ target }) => target === `${NAME}:80`));
  });

test("the context of a session comes by way of the proxy as well", async (test) => {
  const { here, server, proxy } = await behindProxy(test);
  await connectTo(here, `http://${NAME}`, { HTTP_PROXY: proxy.url });
  server.context = { markdown: "# known", tokens: 2, items: [] };
  pretendShipper(here);
  for (const form of [{ file: "/bin/sh", args: [] }, "node"]) {
    const { stdout } = await hook(here, {
      form,
      name: "session_start",
      payload: { session_id: "s", source: "startup", cwd: "/p" },
    });
    assert.match(stdout, /# known/);
  }
});

test("HTTPS_PROXY and a private CA are remembered, the certificate even where its file is gone", async (test) => {
  const here = scratch(test, { linger: 0 });
  const { server, ca, port } = await withTls(test, here);
  const proxy = await startProxy({ names: { [NAME]: port }, credentials: CREDENTIALS.replace("%40", "@") });
  test.after(proxy.stop);
  const address = proxy.url.replace("//", `//${CREDENTIALS.replace(" ", "%20")}@`);
  const result = await connectTrusting(here, `https://${NAME}`, { HTTPS_PROXY: address, NODE_EXTRA_CA_CERTS: ca });
  assert.equal(result.code, 0, result.stderr);
  fs.rmSync(ca);
  pretendShipper(here);
  await spool(here, { index: 1 });
  await ship(test, here);
  assert.equal(server.events.size, 1);
  assert.ok(proxy.asked.every(({ target }) => target === `${NAME}:443`));
  assert.equal(fs.statSync(here.paths.network).mode & 0o777, 0o600);
});

test("a proxy that speaks https is trusted by the same authority", async (test) => {
  const here = scratch(test, { linger: 0 });
  const { signed, port, ca } = await withTls(test, here);
  const proxy = await startProxy({ names: { [NAME]: port }, certificate: { key: signed.key, cert: signed.cert } });
  test.after(proxy.stop);
  const result = await connectTrusting(here, `https://${NAME}`, { https_proxy: proxy.url, NODE_EXTRA_CA_CERTS: ca });
  assert.equal(result.code, 0, result.stderr);
  assert.ok(proxy.asked.length > 0);
});

test("NODE_EXTRA_CA_CERTS alone is remembered; without it the certificate is told as what it is", async (test) => {
  const here = scratch(test, { linger: 0 });
  const { server, ca, url } = await withTls(test, here);
  const refused = await connectTo(here, url, {});
  assert.deepEqual(
    [refused.code, /no certificate that this machine trusts.*NODE_EXTRA_CA_CERTS/.test(refused.stderr)],
    [1, true],
  );
  assert.equal((await connectTrusting(here, url, { NODE_EXTRA_CA_CERTS: ca })).code, 0);
  pretendShipper(here);
  await spool(here, { index: 1 });
  await ship(test, here);
  assert.equal(server.events.size, 1);
  assert.equal((await call(here, ["flush"])).code, 0);
});

test("an authority that Node was told to take from the system is remembered, too", async (test) => {
  const here = scratch(test, { linger: 0 });
  const { server, ca, url } = await withTls(test, here);
  const result = await connectTrusting(here, url, { NODE_OPTIONS: "--use-openssl-ca", SSL_CERT_FILE: ca });
  assert.equal(result.code, 0, result.stderr);
  pretendShipper(here);
  await spool(here, { index: 1 });
  await ship(test, here);
  assert.equal(server.events.size, 1);
});

test("a certificate for another name is told as such", async (test) => {
  const here = scratch(test);
  const { ca, url } = await withTls(test, here, ["elsewhere.example"]);
  assert.match((await connectTrusting(here, url, { NODE_EXTRA_CA_CERTS: ca })).stderr, /is for another name/);
});

test("connecting anew without a proxy forgets it", async (test) => {
  const { here, server, proxy } = await behindProxy(test);
  await connectTo(here, `http://${NAME}`, { HTTP_PROXY: proxy.url });
  assert.equal(fs.existsSync(here.paths.network), true);
  await connectTo(here, server.url, {});
  assert.equal(fs.existsSync(here.paths.network), false);
});

/** Problems with a proxy, and the message about each. No message holds the credentials. */
const TROUBLES = {
  "credentials it does not know": [
    { credentials: "other:one" },
    (proxy) => proxy.url,
    /asks for a name and a password; write|asks for a name and a password: write/,
  ],
  "an address it will not lead to": [
    { refuses: 403 },
    (proxy) => proxy.url,
    /does not lead to memfog\.only-the-proxy-knows\.example:80 \(403\)/,
  ],
  "nobody at its port": [
    {},
    () => "http://127.0.0.1:9",
    /the proxy 127\.0\.0\.1:9 can not be reached \(ECONNREFUSED\)/,
  ],
  "socks5": [{}, () => "socks5://127.0.0.1:1080", /SOCKS proxy, which Memfog does not speak to/],
  "socks5h": [{}, () => "socks5h://127.0.0.1:1080", /SOCKS proxy/],
  "no address at all": [{}, () => "http://[", /HTTP_PROXY holds no address of a proxy/],
};

for (const [name, [options, address, says]] of Object.entries(TROUBLES))
  test(`a proxy with ${name} is refused in words, and nothing is changed`, async (test) => {
    const { here, proxy } = await behindProxy(test, options);
    const { code, stdout, stderr } = await connectTo(here, `http://${NAME}`, {
      HTTP_PROXY: address(proxy).replace(/:\/\/(?=\d)/, "://me:hunter2secret@"),
    });
    assert.equal(code, 1);
    assert.match(stderr, says);
    assert.equal((stdout + stderr).includes("hunter2secret"), false);
    assert.equal(stderr.trim().split("\n").length, 1);
    assert.equal(fs.existsSync(here.paths.home), false);
  });

test("a shipper behind a proxy that fails keeps all, and status says so without credentials", async (test) => {
  const { here, proxy } = await behindProxy(test);
  await connectTo(here, `http://${NAME}`, { HTTP_PROXY: proxy.url.replace("//", "//me:hunter2secret@") });
  await proxy.stop();
  pretendShipper(here);
  await spool(here, { index: 1 });
  const { code, stdout } = await call(here, ["flush"]);
  assert.equal(code, 1);
  assert.match(stdout, /the proxy .* can not be reached/);
  assert.equal((stdout + (await call(here, ["status"])).stdout).includes("hunter2secret"), false);
});

const CHOICES = [
  ["https://memfog.example", { https_proxy: "http://p:1" }, "p:1"],
  ["https://memfog.example", { HTTPS_PROXY: "p.example:3128" }, "p.example:3128"],
  ["https://memfog.example", { HTTPS_PROXY: "http://big", https_proxy: "http://small" }, "small:80"],
  ["https://memfog.example", { HTTP_PROXY: "http://p:1" }, null],
  ["http://memfog.example", { HTTPS_PROXY: "http://p:1" }, null],
  ["http://memfog.example", { ALL_PROXY: "https://p" }, "p:443"],
  ["https://memfog.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "memfog.example" }, null],
  ["https://memfog.example", { HTTPS_PROXY: "http://p:1", no_proxy: "other.example, .example" }, null],
  ["https://memfog.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "*.example" }, null],
  ["https://memfog.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "*" }, null],
  ["https://memfog.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "fog.example" }, "p:1"],
  ["https://memfog.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "MEMFOG.example:443" }, null],
  ["https://memfog.example", { HTTPS_PROXY: "http://p:1", NO_PROXY: "memfog.example:8443" }, "p:1"],
  ["https://10.1.2.3", { HTTPS_PROXY: "http://p:1", NO_PROXY: "10.0.0.0/8" }, null],
  ["https://11.1.2.3", { HTTPS_PROXY: "http://p:1", NO_PROXY: "10.0.0.0/8 10.0.0.0/99" }, "p:1"],
  ["https://[fd00::1]", { HTTPS_PROXY: "http://p:1", NO_PROXY: "fd00::/8" }, null],
  ["https://[fd00::1]:8", { HTTPS_PROXY: "http://p:1", NO_PROXY: "[fd00::1]:8" }, null],
  ["http://127.0.0.1:8000", { HTTP_PROXY: "http://p:1" }, null],
  ["http://localhost:8000", { ALL_PROXY: "http://p:1" }, null],
  ["https://memfog.example", { HTTPS_PROXY: " ", ALL_PROXY: "" }, null],
];

for (const [index, [url, environment, wanted]] of CHOICES.entries())
  test(`proxy ${index}: for ${url} ${JSON.stringify(environment)} means ${wanted}`, () => {
    const proxy = findProxy(url, readProxies(environment));
    assert.equal(proxy && `${proxy.hostname}:${proxy.port}`, wanted);
  });

const ADDRESSES = {
  "a slash": (url) => `${url}/`,
  "upper case": (url) => url.replace("http://127.0.0.1", "HTTP://LOCALHOST"),
  "blanks": (url) => `  ${url}\n`,
  "the path of a page": (url) => `${url}/settings`,
  "the package": (url) => `${url}/memfog.tgz`,
  "a deep path": (url) => `${url}/docs/api/`,
};

for (const [name, write] of Object.entries(ADDRESSES))
  test(`--api with ${name} is the server's own address`, async (test) => {
    const here = scratch(test);
    const server = await startServer();
    test.after(server.stop);
    server.health = undefined;
    const result = await connectTo(here, write(server.url), {});
    assert.equal(result.code, 0, result.stderr);
    assert.equal(
      JSON.parse(fs.readFileSync(here.paths.auth, "utf8")).url.replace("localhost", "127.0.0.1"),
      server.url,
    );
    await hook(here);
    await until(() => server.events.size === 1, "delivered");
    assert.ok(entryOf(here, "Stop"));
  });

test("an address with a password in it is not printed", async (test) => {
  const here = scratch(test);
  const { code, stderr } = await connectTo(here, "https://:hunter2secret@memfog.example", {});
  assert.equal(code, 1);
  assert.equal(stderr.includes("hunter2secret"), false);
});

test("--api that names this machine's own server by whatever name needs no token", async (test) => {
  const server = await startServer();
  test.after(server.stop);
  const port = new URL(server.url).port;
  for (const name of ["127.0.0.1", "localhost", "LocalHost", "127.0.0.1:0"]) {
    const here = scratch(test);
    const MEMFOG_DATA = path.join(here.home, "data");
    fs.mkdirSync(MEMFOG_DATA);
    fs.writeFileSync(path.join(MEMFOG_DATA, "server.json"), JSON.stringify({ url: server.url, token: "mfg_alice" }));
    const api = name.endsWith(":0") ? "http://127.0.0.1:9" : `http://${name}:${port}/`;
    const { code } = await call(here, ["connect", "claude-code", "--api", api], { env: { MEMFOG_DATA } });
    assert.equal(code, name.endsWith(":0") ? 1 : 0, name);
  }
});
