"use strict";

const text = (value) => typeof value === "string";
const flag = (value) => typeof value === "boolean";
const number = (value) => typeof value === "number";
const object = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const texts = (value) => Array.isArray(value) && value.every(text);
const mapOfTexts = (value) => object(value) && Object.values(value).every((one) => text(one) || number(one) || flag(one));
const named = (test, name) => Object.assign(test, { expected: name });
named(text, "a text");
named(flag, "true or false");
named(number, "a number");
named(object, "an object");
named(texts, "a list of texts");
named(mapOfTexts, "an object of texts");

/** The keys of Claude Code's settings and what each must be. With one wrong type the host passes over the whole file, silently. */
const TYPES = {
  model: text, apiKeyHelper: text, awsAuthRefresh: text, awsCredentialExport: text, otelHeadersHelper: text, outputStyle: text, language: text,
  forceLoginMethod: text, forceLoginOrgUUID: text, defaultShell: text, plansDirectory: text, autoUpdatesChannel: text, effortLevel: text, agent: text,
  cleanupPeriodDays: number, feedbackSurveyRate: number,
  includeCoAuthoredBy: flag, includeGitInstructions: flag, disableAllHooks: flag, allowManagedHooksOnly: flag, allowManagedPermissionRulesOnly: flag,
  enableAllProjectMcpServers: flag, alwaysThinkingEnabled: flag, spinnerTipsEnabled: flag, respectGitignore: flag, fastMode: flag,
  skipDangerousModePermissionPrompt: flag, prefersReducedMotion: flag, showThinkingSummaries: flag,
  env: mapOfTexts, permissions: object, hooks: object, statusLine: object, sandbox: object, enabledPlugins: object, extraKnownMarketplaces: object,
  pluginConfigs: object, attribution: object, fileSuggestion: object, spinnerVerbs: object, worktree: object, modelOverrides: object,
  enabledMcpjsonServers: texts, disabledMcpjsonServers: texts, companyAnnouncements: texts, allowedHttpHookUrls: texts, httpHookAllowedEnvVars: texts, availableModels: texts,
};
const PERMISSIONS = { allow: texts, ask: texts, deny: texts, additionalDirectories: texts, defaultMode: text, disableBypassPermissionsMode: text };

/** What in settings is of the wrong type, as a sentence, or null. */
function wrongType(settings) {
  return wrongIn(settings, TYPES, "") ?? wrongIn(settings.permissions ?? {}, PERMISSIONS, "permissions.") ?? wrongHook(settings.hooks ?? {});
}

function wrongIn(members, types, prefix) {
  const key = Object.keys(members).find((one) => Object.hasOwn(types, one) && !types[one](members[one]));
  return key === undefined ? null : `"${prefix}${key}" should be ${types[key].expected}`;
}

function wrongHook(hooks) {
  for (const [event, groups] of Object.entries(hooks)) {
    if (!Array.isArray(groups)) return `"hooks.${event}" should be a list`;
    const index = groups.findIndex((group) => !object(group) || !Array.isArray(group.hooks) || !group.hooks.every(object) || !(group.matcher === undefined || text(group.matcher)));
    if (index >= 0) return `"hooks.${event}[${index}]" should be an object with a list "hooks"`;
  }
  return null;
}

module.exports = { wrongType };
