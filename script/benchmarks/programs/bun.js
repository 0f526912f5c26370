// `bun bun.js PORT FILE`: a minimal server to compare: one insert per request; no login, idempotency or durable commit.
import { Database } from "bun:sqlite";

const [port, file] = process.argv.slice(2);
const database = new Database(file);
database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;");
database.exec("CREATE TABLE events (id INTEGER PRIMARY KEY, ts TEXT, project TEXT, kind TEXT, body TEXT)");
const insert = database.prepare("INSERT INTO events (ts, project, kind, body) VALUES (?, ?, ?, ?)");

Bun.serve({
  port: Number(port),
  hostname: "127.0.0.1",
  async fetch(request) {
    const event = await request.json();
    insert.run(event.ts, event.project, event.kind.data.hook, JSON.stringify(event.kind.data.data));
    return Response.json({ accepted: 1 });
  },
});
