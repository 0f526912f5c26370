"use strict";
const { become } = require("../become.js");
const { hooksOf } = require("../hooks.js");
const { whatHostsKnow } = require("../host-knows.js");
const { entries, install } = require("../install.js");
const { addTo, planFor } = require("../settings-file.js");
const { UserError } = require("../user-error.js");
const { fetchUser } = require("./whoami.js");

/**
 * Connects Claude Code: asks the server about the token first, and changes nothing unless it knows it. With `byPlugin`
 * the settings stay as they are: the hooks come from Claude Code's plugin. Returns {user, settings, count, changed,
 * backup, known, leftOut, apart}: `known` is what the Claude Codes here know (`assumed` stands for their version),
 * `leftOut` the events that the oldest does not. UserError is marked `isUnknown` where the server does not know the
 * token.
 */
async function connect(
  place,
  { url, token, projectOnly = false, withExtra = false, byPlugin = false, adopt = false, assumed = null },
) {
  const { user, problem, remedy, isUnknown = false } = await fetchUser({ url, token });
  if (problem) throw Object.assign(new UserError(`${problem}: ${remedy}. Nothing was changed.`), { isUnknown });
  const account = { url, token, user, adopt };
  if (byPlugin) return { user, settings: null, ...(await become(place, account, null, () => install(place))) };
  const settings = projectOnly ? place.projectSettings : place.settings;
  const known = whatHostsKnow({ assumed });
  const wanted = entries(place, undefined, {
    withExtra,
    events: known.events,
    registration: projectOnly ? "project" : "user",
  });
  const leftOut = hooksOf({ withExtra })
    .map(({ event }) => event)
    .filter((event) => !known.events.has(event));
  // The settings go last but are refused first: a broken file must not leave half an installation.
  planFor(settings, wanted, place.undo);
  const done = await become(place, account, settings, () => {
    install(place);
    return addTo(settings, wanted, place.undo);
  });
  return { user, settings, known, leftOut, count: wanted.length, ...done };
}

module.exports = { connect };
