#!/bin/sh
# Memfog's capture hook for Claude Code: copies its stdin into the spool and ends.
# It always exits 0, since exit 2 would block tools, and prints nothing but what a session is told.
# Its arguments: the hook, and the registration that fired it (user, project, plugin). Without arguments it only drains
# stdin. `connect` fills in the three paths; memfog-plugin.sh sets them for the plugin.
# Only regular builtins redirect here (a failed redirection of `:` or `exec` ends dash with 2); the trap covers the rest.
trap 'exit 0' 0
{
[ "${2-}" = plugin ] ||
home=@home@ node=@node@ client=@client@
# A writer would die of a broken pipe if nothing read its output.
leave() {
  command cat
  exit 0
}
[ -n "${1-}" ] && [ -f "$home/auth.json" ] || leave
set -C
umask 077

# set -C makes the name exclusive: process ids recur, and no event may overwrite another.
name=$$ tries=0
until printf '' >"$home/spool/$name"; do
  [ -e "$home/spool/$name" ] || mkdir "$home/spool" || leave
  tries=$((tries + 1)) name=$$.$tries
  [ "$tries" -le 50 ] || leave
done
spooled=$home/spool/$name
# A shipper may delete the file as soon as it is complete; an open descriptor stays readable.
# Lines about the folder of a prompt are at hand until the time of their file: see lib/hints.
answer=
[ "$1" != session_start ] || answer=context
[ "$1" != prompt_submit ] || [ ! "$home/hints/${CLAUDE_PROJECT_DIR-}/lines.json" -nt "$spooled" ] || answer=hints
[ -z "$answer" ] || exec 3<"$spooled"

# The end of a pause is a file's time; the file that was just created has the current time.
if [ "$home/paused/until" -nt "$spooled" ] || [ "$home/paused/${CLAUDE_PROJECT_DIR-}/until" -nt "$spooled" ]; then
  rm -f "$spooled"
  leave
fi

# The one program that each hook starts, and most of its cost: with the locale C it opens a dozen fewer files.
# At the end of a session stdin may stay open: the first bytes are everything, if they end like JSON.
take() {
  [ "$1" = session_end ] || { LC_ALL=C command cat; return; }
  dd bs=65536 count=1 || return
  case $(tail -c 2 "$spooled") in *'}') ;; *) command cat ;; esac
}

# How the host was started: `cli`, or `sdk-cli` for `claude -p`; a name of another form is left out. And its process id:
# a host that is killed runs no hook.
case ${CLAUDE_CODE_ENTRYPOINT-} in
  *[!0-9A-Za-z_-]*) origin=" @^${PPID-}" ;;
  *) origin=" @${CLAUDE_CODE_ENTRYPOINT-}^${PPID-}" ;;
esac

# NUL ends the folder: no path contains it. The last line completes the file: without it the file is still being written,
# or its writer died. It is opened once: a shipper that sees a complete payload may take the file earlier.
{ printf 'memfog 1 %s\n%s\0' "$1${2:+ $2}$origin" "${CLAUDE_PROJECT_DIR-}" && take "$1" && printf '\0memfog %s\n' "$name"; } >>"$spooled" || {
  rm -f "$spooled"
  # One byte per event that did not fit on the disk; removing the file has just freed some space.
  printf . >>"$home/unwritten"
  leave
}

# The Node that ran `connect` may be gone, broken or too old: the first one that works is used. A separate shell does that:
# a subshell would keep the saved stdout open, and the session would wait for it.
first='[ -r "$2" ] || exit 1
for one in "$1" node /usr/local/bin/node /opt/homebrew/bin/node /usr/bin/node "$HOME"/.volta/bin/node "$HOME"/.nvm/versions/node/*/bin/node \
  "$HOME"/.local/share/fnm/node-versions/*/installation/bin/node "$HOME"/.local/share/mise/installs/node/*/bin/node "$HOME"/.asdf/installs/nodejs/*/bin/node; do
  command -v "$one" >/dev/null && "$one" "$2" "$3" && exit 0
done
exit 1'

# `connect` joins a program and its modules into one file, which starts sooner; a plugin has the modules.
program=$client/joined/$answer.js
[ -r "$program" ] || program=$client/lib/$answer/run.js
# Node would read these certificates at each start; our program does only where it needs them.
export NODE_OPTIONS= MEMFOG_CA_CERTS="${NODE_EXTRA_CA_CERTS-}" NODE_EXTRA_CA_CERTS=
} >/dev/null 2>&1
# Prints the context of a new session, or lines that a prompt calls for: the only output that is allowed.
[ -z "$answer" ] || "$node" "$program" "$home" <&3 2>/dev/null ||
  sh -c "$first" sh node "$program" "$home" <&3 2>/dev/null || [ "$answer" = hints ] || {
  # Once a day: nothing else could report it.
  [ -z "$(find "$home/nodeless" -mmin -1440 2>/dev/null)" ] && printf '' >|"$home/nodeless" &&
    printf '%s' '{"systemMessage":"Memfog: its program does not start here, so what it captures waits on this machine. Install Node 20 or later, and connect again."}'
} 2>/dev/null

{
# A claim older than a minute, or from the future, belongs to a process that died.
claim() {
  printf '' >"$home/starting" && return 0
  [ -n "$(find "$home/starting" -mmin +1 -o -mmin -0)" ] || return 1
  rm -f "$home/starting"
  printf '' >"$home/starting"
}

# A running shipper keeps the time of its lease in the future. A wrong clock may have left a lease far ahead: at the start
# of each session a shipper checks it. A shipper that inherited our stdout, or a lock of our caller, would delay the
# session. It starts after the context was given: two programs that start at once take longer.
if { [ "$1" = session_start ] || [ ! "$home/lease" -nt "$spooled" ]; } && claim; then
  sh -c "$first" sh "$node" "$client/lib/shipper/start.js" "$home" </dev/null >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&- &
fi
} >/dev/null 2>&1
exit 0
