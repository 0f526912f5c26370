"use strict";
const assert = require("node:assert/strict");
const fs = require("node:fs");
const path = require("node:path");
const { test } = require("node:test");
const { joinProgram } = require("../../lib/install/join-program.js");
const { CLIENT, filesIn, hook, run, scratch } = require("../../testing/scratch.js");
const { start } = require("../../testing/shipping.js");

const SHELL = { file: "/bin/sh", args: [] };
const FORMS = { sh: SHELL, node: "node" };

const twice = (code) => Buffer.concat([code, code]);
const ofOther = (code) => Buffer.concat([code.subarray(0, 4), Buffer.alloc(4, 7), code.subarray(8)]);

/** A connected home whose server knows something. `begin` starts a session with a form of the hook. */
async function startKnown(test) {
  const { here, server } = await start(test);
  server.context = { markdown: "# known", tokens: 2, items: [] };
  const [program] = fs.readdirSync(here.paths.clients).map((name) => path.join(here.paths.clients, name));
  let session = 0;
  const begin = async (form, options) => {
    const payload = { session_id: `s${(session += 1)}`, source: "startup", cwd: "/p" };
    const { stdout } = await hook(here, { form, name: "session_start", payload, ...options });
    return stdout && JSON.parse(stdout).hookSpecificOutput.additionalContext;
  };
  return { here, program, joined: path.join(program, "joined"), begin };
}

for (const [name, form] of Object.entries(FORMS)) {
  test(`${name}: what V8 compiled is kept for the next start`, async (test) => {
    const { joined, begin } = await startKnown(test);
    const code = path.join(joined, "context.code");
    assert.equal(fs.existsSync(code), false);
    assert.equal(await begin(form), "# known");
    const kept = fs.statSync(code);
    assert.equal(kept.mode & 0o777, 0o600);
    assert.equal(await begin(form), "# known");
    assert.equal(fs.statSync(code).ino, kept.ino);
    assert.deepEqual(
      filesIn(joined).filter((name) => name.endsWith(".tmp")),
      [],
    );
  });

  for (const [kind, spoil] of Object.entries({
    "of another version of Node": (code) => twice(ofOther(code.subarray(0, code.length >> 1))),
    "with a wrong byte": (code) => code.fill(code[code.length >> 2] ^ 0xff, code.length >> 2, (code.length >> 2) + 1),
    "without a byte that was written": (code) => Buffer.alloc(code.length),
    "that was cut": (code) => code.subarray(0, code.length >> 1),
    "that is empty": () => Buffer.alloc(0),
    "that is no code": () => Buffer.from("no code".repeat(1_000)),
  }))
    test(`${name}: code ${kind} is replaced, and the session gets its context`, async (test) => {
      const { joined, begin } = await startKnown(test);
      const code = path.join(joined, "context.code");
      await begin(form);
      const right = fs.readFileSync(code);
      fs.writeFileSync(code, spoil(Buffer.from(right)));
      assert.equal(await begin(form), "# known");
      assert.deepEqual(fs.readFileSync(code).subarray(0, 12), right.subarray(0, 12));
      assert.equal(await begin(form), "# known");
    });

  test(`${name}: where code can not be kept, or nothing is joined, the session gets its context`, async (test) => {
    const { joined, begin } = await startKnown(test);
    fs.mkdirSync(path.join(joined, "context.code"));
    assert.equal(await begin(form), "# known");
    fs.rmSync(joined, { recursive: true });
    assert.equal(await begin(form), "# known");
  });
}

test("the sh hook keeps certificates from Node, and the program reads them where it needs them", async (test) => {
  const { here, joined, begin } = await startKnown(test);
  const noted = path.join(here.home, "noted");
  const names = ["NODE_EXTRA_CA_CERTS", "MEMFOG_CA_CERTS", "NODE_OPTIONS"];
  const values = `${JSON.stringify(names)}.map((one) => process.env[one]).join()`;
  const note = `require("node:fs").writeFileSync(${JSON.stringify(noted)}, ${values});`;
  fs.appendFileSync(path.join(joined, "context.js"), note);
  const env = { NODE_EXTRA_CA_CERTS: "/my/authority.pem", NODE_OPTIONS: "--no-warnings" };
  assert.equal(await begin(SHELL, { env }), "# known");
  assert.equal(fs.readFileSync(noted, "utf8"), ",/my/authority.pem,");
});

const PROGRAM = {
  "lib/main.js": `"use strict";
const { word } = require("./parts/one.js");
const table = require("./table.json");
if (require.main !== module) throw new Error("it is the main program");
console.log([word(), table.word, \`…\${"é"}\`, /^[✓😀]+$/u.test("✓😀"), process.argv[2]].join(" "));
module.exports = { table };
`,
  "lib/parts/one.js": `"use strict";
const late = () => require("./two.js").word;
const word = () => late();
module.exports = { word, own: "日本" };
`,
  "lib/parts/two.js": `"use strict";
// Requires the module that requires it.
const { own } = require("./one.js");
module.exports = { word: \`\${own}語\` };
`,
  "lib/table.json": '{ "word": "ünï" }\n',
};

test("a joined program does what its modules do, in ASCII", async (test) => {
  const here = scratch(test);
  for (const [name, text] of Object.entries(PROGRAM)) {
    fs.mkdirSync(path.dirname(path.join(here.home, name)), { recursive: true });
    fs.writeFileSync(path.join(here.home, name), text);
  }
  const text = joinProgram(here.home, "lib/main.js");
  assert.match(text, /^[\0-\x7f]*$/);
  const file = path.join(here.home, "joined.js");
  fs.writeFileSync(file, `${text}(module, require);`);
  const [apart, joined] = await Promise.all(
    [path.join(here.home, "lib/main.js"), file].map((program) => run(process.execPath, [program, "x"], {})),
  );
  assert.equal(apart.stdout, "日本語 ünï …é true x\n");
  assert.deepEqual(joined, apart);
});

test("nothing that is joined needs the place of its file", () => {
  for (const program of ["lib/context/run.js", "lib/hints/run.js"]) {
    const text = joinProgram(CLIENT, program);
    assert.doesNotMatch(text, /__dirname|__filename|(?<!module\.)\bexports\.|require\("\.|String\.raw/);
  }
});
