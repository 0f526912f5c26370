"use strict";
const fs = require("node:fs");
const { uninstall } = require("./install.js");
const { removeFrom } = require("./settings-file.js");
const { Trouble } = require("./trouble.js");
const { counts } = require("./waiting.js");

/**
 * Takes out the entries and files that connect put in; with `forget` all that Memfog keeps on this machine.
 * Returns {settings: [files that were changed], forgotten, waiting}.
 */
function disconnect(place, { forget = false, force = false } = {}) {
  const { waiting } = counts(place);
  if (forget && waiting > 0 && !force)
    throw new Trouble(`${waiting} event(s) are not delivered yet; run memfog flush first, or add --force to drop them. Nothing was changed.`);
  const settings = [place.settings, place.projectSettings].filter((file) => removeFrom(file, place.undo));
  uninstall(place);
  if (forget) fs.rmSync(place.home, { recursive: true, force: true });
  return { settings, forgotten: forget, waiting };
}

module.exports = { disconnect };
