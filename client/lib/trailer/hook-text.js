"use strict";
const path = require("node:path");

const ASIDE = "prepare-commit-msg.before-memfog";
const MARK = "# Memfog adds `Memfog-Session: <id>` to the commits of sessions.";
const SHELL = /^#!(?:\/bin\/|\/usr\/bin\/env )(sh|bash)\n/;
// A dispatcher such as husky's finds out by its own name which hook it is. One that starts itself again must not.
const ASKS_ITS_NAME = /basename|0##|\/h"$/m;
const STARTS_ITSELF = /husky\.sh|(?:exec|sh)\b.*"\$0"/;

const quote = (text) => `'${text.replaceAll("\\", "/").replaceAll("'", "'\\''")}'`;

/** Whether a hook holds Memfog's lines. */
const isHookText = (text) => text?.includes(MARK) ?? false;

/**
 * The hook. The one that was there before, with the text `before`, runs first, and may refuse the commit. Memfog's part
 * never does. Tools that wrap each other's hooks may lead back to it: it runs once.
 */
function hookText(paths, before) {
  const program = quote(path.join(paths.launchers, "memfog"));
  return `#!/bin/sh
${MARK} Take it back with: memfog trailer --off
[ -z "\${MEMFOG_BEFORE-}" ] || exit 0
MEMFOG_BEFORE=$(dirname "$0")/${ASIDE}
export MEMFOG_BEFORE
if [ -f "$MEMFOG_BEFORE" ] && [ -x "$MEMFOG_BEFORE" ]; then ${callOf(before)} || exit $?; fi
program=${program}
[ -n "\${CLAUDECODE-}\${CLAUDE_CODE_SESSION_ID-}" ] || ls ${quote(paths.transcripts)}/*.open >/dev/null 2>&1 || exit 0
[ -f "$program" ] || exit 0
"$program" trailer --add "$1" --source "\${2-}" </dev/null >/dev/null 2>&1
exit 0
`;
}

function callOf(before) {
  const shell = ASKS_ITS_NAME.test(before) && !STARTS_ITSELF.test(before) ? SHELL.exec(before)?.[1] : undefined;
  return shell ? `${shell} -c '. "$MEMFOG_BEFORE"' "$0" "$@"` : '"$MEMFOG_BEFORE" "$@"';
}

module.exports = { ASIDE, hookText, isHookText };
