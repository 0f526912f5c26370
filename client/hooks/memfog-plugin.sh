# The way from Claude Code's plugin to the hook: sets the three paths that `connect` would fill in.
trap 'exit 0' 0
{
home=${MEMFOG_HOME:-$HOME/.memfog} node=node client=$CLAUDE_PLUGIN_ROOT
[ -f "$home/auth.json" ] || exit 0
# Where the settings hold our entries too, each event would be captured twice.
! grep -q 'memfog-hook\.' "${CLAUDE_CONFIG_DIR:-$HOME/.claude}/settings.json" "${CLAUDE_PROJECT_DIR:-.}/.claude/settings.local.json" || exit 0
} >/dev/null 2>&1
[ -r "$client/hooks/memfog-hook.sh" ] && . "$client/hooks/memfog-hook.sh"
