"use strict";
// Loaded into a process by `--require`: writes what it used to the file that MEMFOG_BENCH_REPORT names, at its end.
const fs = require("node:fs");

process.on("exit", () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const used = { cpu_s: (userCPUTime + systemCPUTime) / 1e6, rss_mb: maxRSS / 1024 };
  fs.writeFileSync(process.env.MEMFOG_BENCH_REPORT, JSON.stringify(used));
});
