"use strict";
const { writeAuth } = require("./auth.js");
const { entries, install } = require("./install.js");
const { addTo, planFor } = require("./settings-file.js");
const { Trouble } = require("./trouble.js");
const { whoami } = require("./whoami.js");

/**
 * Connects Claude Code: asks the server about the token first, and changes nothing unless it knows it.
 * With `byPlugin` the settings stay as they are: the hooks come from Claude Code's plugin.
 * Returns {user, settings, count, changed, backup}; Trouble is marked `isUnknown` where the server does not know the token.
 */
async function connect(place, { url, token, projectOnly = false, withExtra = false, byPlugin = false }) {
  const { user, trouble, remedy, isUnknown = false } = await whoami({ url, token });
  if (trouble) throw Object.assign(new Trouble(`${trouble}: ${remedy}. Nothing was changed.`), { isUnknown });
  const settings = projectOnly ? place.projectSettings : place.settings;
  const wanted = entries(place, undefined, { withExtra });
  if (byPlugin) {
    writeAuth(place, { url, token });
    install(place);
    return { user, settings: null };
  }
  // The settings go last but are refused first: a broken file must not leave half an installation.
  planFor(settings, wanted, place.undo);
  writeAuth(place, { url, token });
  install(place);
  return { user, settings, count: wanted.length, ...addTo(settings, wanted, place.undo) };
}

module.exports = { connect };
