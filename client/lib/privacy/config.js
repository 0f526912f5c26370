"use strict";
const { readIfExists } = require("../files.js");
const { compilePatterns } = require("../redact/user-patterns.js");
const { describeError, UserError } = require("../user-error.js");

/**
 * The user's config.json: {exclude: [patterns], redact: [{kind, pattern}]}, both empty if the file is missing. Throws
 * UserError for an invalid file: if it were ignored, excluded events would be sent.
 */
function readConfig(paths) {
  const text = readText(paths.config);
  if (text === null || text.trim() === "") return { exclude: [], redact: [] };
  const config = parseConfig(text, paths.config);
  const { exclude = [] } = config;
  if (!Array.isArray(exclude) || !exclude.every((pattern) => typeof pattern === "string"))
    throw new UserError(`"exclude" in ${paths.config} should be a list of texts; until it is, nothing is sent`);
  return { ...config, exclude, redact: compileRedactions(config, paths.config) };
}

function compileRedactions({ redact = [] }, file) {
  try {
    return compilePatterns(redact);
  } catch (error) {
    throw new UserError(`${error.message} (${file}); until it is fixed, nothing is sent`);
  }
}

function readText(file) {
  try {
    return readIfExists(file);
  } catch (error) {
    throw new UserError(`${describeError(error)}; until then nothing is sent`);
  }
}

function parseConfig(text, file) {
  try {
    const config = JSON.parse(text.replace(/^\ufeff/, ""));
    if (config !== null && typeof config === "object" && !Array.isArray(config)) return config;
  } catch {
    // The error below names the file.
  }
  throw new UserError(`${file} is not a JSON object; fix it, until then nothing is sent`);
}

module.exports = { readConfig };
