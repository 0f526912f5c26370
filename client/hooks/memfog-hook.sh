#!/bin/sh
# Memfog's capture hook for Claude Code: puts what it got on stdin into the spool, and gets out of the way.
# It exits 0 whatever happens, since exit 2 would block tools, and prints nothing but what a new session should know.
# Its words: the hook, and which registration fired it (user, project, plugin). Without any it only drains its stdin.
# `connect` fills in the three paths; memfog-plugin.sh has set them.
# Only regular builtins redirect here (a failed redirection of `:` or `exec` ends dash with 2); the trap covers the rest.
trap 'exit 0' 0
{
[ "${2-}" = plugin ] ||
home=@home@ node=@node@ client=@client@
# Whoever writes to us would die of a pipe that nobody reads.
leave() {
  command cat
  exit 0
}
[ -n "${1-}" ] && [ -f "$home/auth.json" ] || leave
set -C
umask 077

# set -C claims the name: process ids recur, and no event may overwrite another.
name=$$ tries=0
until printf '' >"$home/spool/$name"; do
  [ -e "$home/spool/$name" ] || mkdir "$home/spool" || leave
  tries=$((tries + 1)) name=$$.$tries
  [ "$tries" -le 50 ] || leave
done
spooled=$home/spool/$name
# A shipper may take the file as soon as it is whole; what is open stays readable.
[ "$1" != session_start ] || exec 3<"$spooled"

# A pause is a file whose time is its end; what was just made tells the time.
if [ "$home/paused/until" -nt "$spooled" ] || [ "$home/paused/${CLAUDE_PROJECT_DIR-}/until" -nt "$spooled" ]; then
  rm -f "$spooled"
  leave
fi

# The one program that each hook starts, and nearly all that it costs: in the locale C it opens a dozen files less.
# At the end of a session stdin may stay open: what is there at once is all, if it ends as JSON does.
take() {
  [ "$1" = session_end ] || { LC_ALL=C command cat; return; }
  dd bs=65536 count=1 || return
  case $(tail -c 2 "$spooled") in *'}') ;; *) command cat ;; esac
}

# NUL ends the folder: it is the one byte that no path holds. The last line makes the file whole: one that lacks it is
# being written still, or its writer died. Opened once: a shipper that sees a whole payload may take the file before.
{ printf 'memfog 1 %s\n%s\0' "$1${2:+ $2}" "${CLAUDE_PROJECT_DIR-}" && take "$1" && printf '\0memfog %s\n' "$name"; } >>"$spooled" || {
  rm -f "$spooled"
  # One letter for each event that found no room; what was just removed has made some.
  printf . >>"$home/unwritten"
  leave
}

# The Node that `connect` ran with may be gone, broken or too old by now: the first that does the work is taken. A shell of its
# own does that: a part of this one would keep the stdout that it put by for later, and the session would wait for it.
first='[ -r "$2" ] || exit 1
for one in "$1" node /usr/local/bin/node /opt/homebrew/bin/node /usr/bin/node "$HOME"/.volta/bin/node "$HOME"/.nvm/versions/node/*/bin/node \
  "$HOME"/.local/share/fnm/node-versions/*/installation/bin/node "$HOME"/.local/share/mise/installs/node/*/bin/node "$HOME"/.asdf/installs/nodejs/*/bin/node; do
  command -v "$one" >/dev/null && NODE_OPTIONS= "$one" "$2" "$3" && exit 0
done
exit 1'

# A claim older than a minute, or from the future, belongs to a starter that died.
claim() {
  printf '' >"$home/starting" && return 0
  [ -n "$(find "$home/starting" -mmin +1 -o -mmin -0)" ] || return 1
  rm -f "$home/starting"
  printf '' >"$home/starting"
}

# A living shipper keeps the time of its lease in the future. A clock that was wrong may have left one far ahead: each
# session lets a shipper look. One that held our stdout open would hold up the session, and so would a lock of whoever
# runs us.
if { [ "$1" = session_start ] || [ ! "$home/lease" -nt "$spooled" ]; } && claim; then
  sh -c "$first" sh "$node" "$client/lib/shipper/start.js" "$home" </dev/null >/dev/null 2>&1 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&- &
fi
} >/dev/null 2>&1
# What a session that begins should know: the one thing that may be printed.
[ "$1" != session_start ] || sh -c "$first" sh "$node" "$client/lib/context/run.js" "$home" <&3 2>/dev/null || {
  # Once a day: nobody else could tell it.
  [ -z "$(find "$home/nodeless" -mmin -1440 2>/dev/null)" ] && printf '' >|"$home/nodeless" &&
    printf '%s' '{"systemMessage":"Memfog: its program does not start here, so what it captures waits on this machine. Install Node 20 or later, and connect again."}'
} 2>/dev/null
exit 0
