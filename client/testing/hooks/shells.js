"use strict";
const { spawnSync } = require("node:child_process");

// Each stands for the /bin/sh of some systems: Debian and Ubuntu; macOS and Red Hat; Alpine; AIX and some BSDs; old
// macOS.
const SHELLS = {
  dash: { file: "dash", args: [] },
  bash: { file: "bash", args: [], argv0: "sh" },
  busybox: { file: "busybox", args: ["sh"] },
  ksh: { file: "ksh", args: [], argv0: "sh" },
  zsh: { file: "zsh", args: [], argv0: "sh" },
};

const isHere = ({ file }) => spawnSync(file, ["-c", "exit 0"], { stdio: "ignore" }).error === undefined;

/** The shells of this machine. In CI every shell of the list must exist, or the suite fails. */
function shells() {
  const found = Object.entries(SHELLS).filter(([, shell]) => process.env.CI === "true" || isHere(shell));
  return found.map(([name, shell]) => ({ name, ...shell }));
}

module.exports = { shells };
