"use strict";
const { readIfThere } = require("../files.js");
const { compilePatterns } = require("../redact/own.js");
const { describeError, UserError } = require("../user-error.js");

/**
 * What the user set in config.json: {exclude: [patterns], redact: [{kind, pattern}]}, both empty where there is none.
 * Throws UserError for a file that can not be understood: were it passed over, what it excludes would be sent.
 */
function readConfig(place) {
  const text = textOf(place.config);
  if (text === null || text.trim() === "") return { exclude: [], redact: [] };
  const config = parsed(text, place.config);
  const { exclude = [] } = config;
  if (!Array.isArray(exclude) || !exclude.every((one) => typeof one === "string"))
    throw new UserError(`"exclude" in ${place.config} should be a list of texts; until it is, nothing is sent`);
  return { ...config, exclude, redact: redactionsOf(config, place.config) };
}

function redactionsOf({ redact = [] }, file) {
  try {
    return compilePatterns(redact);
  } catch (error) {
    throw new UserError(`${error.message} (${file}); until it is mended, nothing is sent`);
  }
}

function textOf(file) {
  try {
    return readIfThere(file);
  } catch (error) {
    throw new UserError(`${describeError(error)}; until then nothing is sent`);
  }
}

function parsed(text, file) {
  try {
    const config = JSON.parse(text.replace(/^\ufeff/, ""));
    if (config !== null && typeof config === "object" && !Array.isArray(config)) return config;
  } catch {
    // Told below, with the name of the file.
  }
  throw new UserError(`${file} is not a JSON object; mend it, until then nothing is sent`);
}

module.exports = { readConfig };
