"use strict";
const { listHooks } = require("../trailer/git-hook.js");
const { bad, good } = require("./finding.js");

/** Whether the hooks that `memfog trailer` wrote are still in place. No finding without any. */
function commits(paths) {
  const hooks = listHooks(paths);
  if (!hooks.length) return [];
  const lost = hooks.filter(({ isThere }) => !isThere);
  if (!lost.length) return [good("commits", `${hooks.length} hook(s) of git name the sessions of commits`)];
  const names = lost.map(({ hook }) => hook).join(", ");
  const remedy = "run memfog trailer in its repository again, or memfog trailer --off";
  return [bad("commits", `commits name no sessions: another tool changed ${names}`, remedy)];
}

module.exports = { commits };
