"use strict";
const path = require("node:path");
const { mainOf, repoOf } = require("../git/repo.js");
const { makePrivacyGate } = require("./gate.js");

/** A test whether a folder is excluded or paused: nothing of it may leave this machine now. */
function makeFolderGate(paths) {
  const gate = makePrivacyGate(paths);
  return (folder, input = {}) => {
    const time = BigInt(Date.now()) * 1_000_000n;
    const value = { cwd: folder, tool_input: input };
    return gate.isHeldBack({ hook: "session_start", root: folder, time, payload: { value } }, { repoOf, mainOf });
  };
}

const isHeldBack = (paths, folder) => makeFolderGate(paths)(folder);

/** A test of files: a folder within a repository may be excluded, or some of the files in it. */
function makeFileGate(paths) {
  const isFolderHeldBack = makeFolderGate(paths);
  return (file) => isFolderHeldBack(path.dirname(file), { file_path: file });
}

module.exports = { isHeldBack, makeFileGate };
