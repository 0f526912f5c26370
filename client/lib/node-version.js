"use strict";
// Old versions of Node parse this file: it must not use newer syntax.
var OLDEST = 20;

/** Why this Node can not run Memfog, as a sentence with a remedy, or null. */
function explainOldNode() {
  var version = process.versions.node;
  if (parseInt(version, 10) >= OLDEST) return null;
  return (
    "Memfog needs Node " +
    OLDEST +
    " or later, and this is " +
    version +
    " (" +
    process.execPath +
    "). " +
    "Install a newer one (https://nodejs.org), then run the command again. Nothing was changed."
  );
}

/** Exits if this process's Node is too old. */
function exitIfTooOld() {
  var reason = explainOldNode();
  if (reason === null) return;
  console.error("memfog: " + reason);
  process.exit(1);
}

module.exports = { OLDEST: OLDEST, explainOldNode: explainOldNode, exitIfTooOld: exitIfTooOld };
