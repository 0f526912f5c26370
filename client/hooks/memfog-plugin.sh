# Connects Claude Code's plugin to the hook: sets the three paths that `connect` would fill in.
trap 'exit 0' 0
{
home=${MEMFOG_HOME:-$HOME/.memfog} node=node client=$CLAUDE_PLUGIN_ROOT
project=${CLAUDE_PROJECT_DIR:-.}/.claude
# If settings have our entries too, each event would be captured twice.
if ! [ -f "$home/auth.json" ] || grep -q 'memfog-hook\.' "${CLAUDE_CONFIG_DIR:-$HOME/.claude}/settings.json" "$project/settings.json" "$project/settings.local.json" \
  "${MEMFOG_POLICY_DIR:-/etc/claude-code}/managed-settings.json" '/Library/Application Support/ClaudeCode/managed-settings.json'; then
  command cat
  exit 0
fi
} >/dev/null 2>&1
[ -r "$client/hooks/memfog-hook.sh" ] && . "$client/hooks/memfog-hook.sh"
