"use strict";
const assert = require("node:assert/strict");
const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const zlib = require("node:zlib");
const { unpack } = require("../../lib/install/tar.js");
const { notice } = require("../../lib/notice.js");
const { CLIENT, call, connect, filesIn, hook, memfog, run, scratch, until } = require("../../testing/scratch.js");
const { ship, spool, start } = require("../../testing/shipping.js");
const { version } = require("../../package.json");

const DAY_MS = 86_400_000;

const packed = new Map();

/**
 * This client under a later version number, as a server would serve it. Packed once for all tests, which only read it.
 */
function laterClient(here, later = "99.0.1") {
  if (!packed.has(later)) packed.set(later, pack(here, later));
  return packed.get(later);
}

async function pack(here, later) {
  const folder = path.join(here.home, "later");
  fs.mkdirSync(folder);
  for (const part of ["bin", "hooks", "lib", "package.json", "README.md", "LICENSE"])
    fs.cpSync(path.join(CLIENT, part), path.join(folder, part), { recursive: true });
  const manifest = JSON.parse(fs.readFileSync(path.join(folder, "package.json"), "utf8"));
  fs.writeFileSync(path.join(folder, "package.json"), JSON.stringify({ ...manifest, version: later }));
  const env = { ...here.environment, npm_config_cache: path.join(here.home, "npm-cache"), npm_config_offline: "true" };
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", here.home, folder], {
    env,
    cwd: here.home,
  });
  const body = fs.readFileSync(path.join(here.home, JSON.parse(stdout)[0].filename));
  for (const name of ["later", "npm-cache"]) fs.rmSync(path.join(here.home, name), { recursive: true, force: true });
  return { version: later, build: "0a1b2c3d", sha256: crypto.createHash("sha256").update(body).digest("hex"), body };
}

test("a newer client is told by status, and installed by update, which connects as before", async (test) => {
  const { here, server } = await start(test, { options: ["--extra"] });
  server.client = await laterClient(here);
  assert.match(
    (await call(here, ["status"])).stdout,
    new RegExp(`memfog ${version}; the server serves 99\\.0\\.1: run .*/memfog update`),
  );
  const { code, stdout, stderr } = await memfog(here, ["update"]);
  assert.deepEqual([code, stderr], [0, ""]);
  assert.match(stdout, /^Memfog 99\.0\.1 is installed/);
  const [client] = filesIn(here.paths.clients);
  assert.match(client, /^99\.0\.1-/);
  const hooks = Object.keys(JSON.parse(fs.readFileSync(here.settings, "utf8")).hooks);
  assert.equal(hooks.includes("PermissionRequest"), true);
  const launcher = path.join(here.paths.launchers, "memfog");
  assert.equal((await run(launcher, ["--version"], { env: here.environment })).stdout, "99.0.1\n");
  assert.match((await run(launcher, ["update"], { env: here.environment })).stdout, /is up to date/);
  assert.deepEqual(
    filesIn(here.paths.home).filter((name) => name.startsWith("update-")),
    [],
  );
  await hook(here);
  await until(() => server.events.size === 1, "delivered by the new version");
});

const WRONG = {
  "another digest": [(one) => ({ ...one, sha256: "0".repeat(64) }), /does not match its announced SHA-256/],
  "no package": [
    (one) => ({
      ...one,
      body: Buffer.from("hello"),
      sha256: crypto.createHash("sha256").update("hello").digest("hex"),
    }),
    /is not a package/,
  ],
  "no word of what it serves": [() => null, /does not name the client that it serves; install with npx/],
};

for (const [name, [spoil, says]] of Object.entries(WRONG))
  test(`with ${name} nothing is changed`, async (test) => {
    const { here, server } = await start(test);
    server.client = spoil(await laterClient(here));
    const before = filesIn(here.paths.clients);
    const { code, stderr } = await memfog(here, ["update"]);
    assert.equal(code, 1);
    assert.match(stderr, says);
    assert.deepEqual(filesIn(here.paths.clients), before);
    assert.deepEqual(
      filesIn(here.paths.home).filter((one) => one.startsWith("update-")),
      [],
    );
  });

test("an older client of a server is no news", async (test) => {
  const { here, server } = await start(test);
  server.client = await laterClient(here, "0.0.1");
  assert.match((await call(here, ["status"])).stdout, new RegExp(`version +memfog ${version}$`, "m"));
  assert.match((await memfog(here, ["update"])).stdout, /is up to date/);
});

test("a new session is told once a week, and not again once it is installed", async (test) => {
  const { here, server } = await start(test);
  server.client = { version: "99.0.1", build: "0a1b2c3d", sha256: "0".repeat(64), body: "" };
  await spool(here, { index: 1 });
  await ship(test, here);
  const now = Date.now();
  assert.match(
    notice(here.paths, new Date(now)),
    /serves version 99\.0\.1 of this client; .*memfog update installs it/,
  );
  assert.equal(notice(here.paths, new Date(now + 6 * DAY_MS)), null);
  assert.match(notice(here.paths, new Date(now + 8 * DAY_MS)), /99\.0\.1/);
  await connect(here, server);
});

/** The smallest tar archive with one file. */
function tarOf(name, { type = "0", content = "x", size = content.length } = {}) {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write(size.toString(8).padStart(11, "0"), 124);
  header.write(type, 156);
  header.write("ustar", 257);
  const body = Buffer.alloc(512);
  body.write(content);
  return zlib.gzipSync(Buffer.concat([header, body, Buffer.alloc(1024)]));
}

const FALLBACK_NODES = {
  "a way up": "package/../../evil",
  "an absolute path": "/evil",
  "another folder": "evil/x",
  "a drive": "package/C:evil",
  "a backslash": "package\\..\\evil",
};

for (const [what, name] of Object.entries(FALLBACK_NODES))
  test(`an archive with ${what} is not unpacked`, (test) => {
    const { home } = scratch(test);
    fs.mkdirSync(path.join(home, "in"));
    assert.throws(() => unpack(tarOf(name), path.join(home, "in")), /would lie elsewhere/);
    assert.deepEqual([filesIn(home), filesIn(path.join(home, "in"))], [["in"], []]);
  });

test("nor is one with links, a size that is none, or an end too early", (test) => {
  const { home } = scratch(test);
  assert.throws(() => unpack(tarOf("package/x", { type: "2" }), home), /no plain file/);
  assert.throws(() => unpack(tarOf("package/x", { size: 99_999 }), home), /too early/);
  assert.throws(() => unpack(tarOf("package/x", { size: -8 }), home), /a size is none/);
});
