"use strict";
const { switchAccount } = require("../account/switch-account.js");
const { hooksOf } = require("../hooks.js");
const { findSupportedEvents } = require("../hosts/host-support.js");
const { entries, install } = require("../install/install.js");
const { addHooks, planHooks } = require("../settings/settings-file.js");
const { UserError } = require("../user-error.js");
const { fetchUser } = require("./whoami.js");

/**
 * Connects Claude Code: checks the token with the server first, and changes nothing unless the server knows it. With
 * `byPlugin` the settings stay unchanged: the hooks come from Claude Code's plugin. Returns {user, settings, count,
 * changed, backup, support, leftOut, otherAccounts}: `support` says what the installed Claude Codes support (`assumed`
 * replaces their version), `leftOut` lists the events that the oldest one lacks. The UserError has `isUnknown` if the
 * server does not know the token.
 */
async function connect(
  paths,
  { url, token, projectOnly = false, withExtra = false, byPlugin = false, adopt = false, assumed = null },
) {
  const { user, problem, remedy, isUnknown = false } = await fetchUser({ url, token });
  if (problem) throw Object.assign(new UserError(`${problem}: ${remedy}. Nothing was changed.`), { isUnknown });
  const account = { url, token, user, adopt };
  if (byPlugin) return { user, settings: null, ...(await switchAccount(paths, account, null, () => install(paths))) };
  const settings = projectOnly ? paths.projectSettings : paths.settings;
  const support = findSupportedEvents({ assumed });
  const wanted = entries(paths, undefined, {
    withExtra,
    events: support.events,
    registration: projectOnly ? "project" : "user",
  });
  const leftOut = hooksOf({ withExtra })
    .map(({ event }) => event)
    .filter((event) => !support.events.has(event));
  // The settings are checked first and written last: a broken file must not leave a partial installation.
  planHooks(settings, wanted, paths.undo);
  const result = await switchAccount(paths, account, settings, () => {
    install(paths);
    return addHooks(settings, wanted, paths.undo);
  });
  return { user, settings, support, leftOut, count: wanted.length, ...result };
}

module.exports = { connect };
