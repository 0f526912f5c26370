"use strict";
const path = require("node:path");
const { bad, good } = require("./finding.js");
const { listPolicyFiles, parseSettings, readFile, readStores } = require("./policy-stores.js");

const FORBIDDING = ["allowManagedHooksOnly", "disableAllHooks"];

/**
 * A policy of the machine's administrator overrides all settings; it can keep our hooks from running without any
 * message.
 */
function policy(paths) {
  const policies = listPolicies(paths);
  for (const { from, text } of policies) {
    const settings = parseSettings(text ?? "");
    const key = FORBIDDING.find((one) => settings?.[one] === true);
    if (key)
      return bad(
        "policy",
        `"${key}" in ${from} forbids hooks of your own`,
        "ask the administrator of this machine to allow Memfog's",
      );
  }
  const unread = policies.filter(({ text }) => text === null).map(({ from }) => from);
  const note = unread.length > 0 ? `, as far as can be told: ${unread.join(" and ")} could not be read` : "";
  return good("policy", `no policy of this machine forbids hooks${note}`);
}

/**
 * Each source of a policy, as {from, text}: settings from an organization's console, files, and the system's own
 * stores.
 */
const listPolicies = (paths) => [
  ...[path.join(paths.claude, "remote-settings.json"), ...listPolicyFiles(paths.policy)].map(readFile),
  ...readStores(),
];

module.exports = { policy };
