"use strict";
// Loaded into a process by `--require`: writes what it used to the file that MEMFOG_BENCH_REPORT names, at its end.
const fs = require("node:fs");

process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const used = { cpu_s: (userCPUTime + systemCPUTime) / 1e6, rss_mb: maxRSS / 1024, read_mb: readBytes() / 1e6 };
  fs.writeFileSync(process.env.MEMFOG_BENCH_REPORT, JSON.stringify(used));
});

/** What the process read from files and connections; Linux alone counts it. */
function readBytes() {
  const counts = fs.existsSync("/proc/self/io") ? fs.readFileSync("/proc/self/io", "utf8") : "";
  return Number(/^rchar: (\d+)$/m.exec(counts)?.[1] ?? Number.NaN);
}
