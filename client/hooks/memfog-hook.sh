# Memfog's capture hook for Claude Code: puts what it got on stdin into the spool, and gets out of the way.
# It exits 0 whatever happens, since exit 2 would block tools, and prints nothing but what a new session should know.
# `connect` fills in the three paths; memfog-plugin.sh has set them.
# Only regular builtins redirect here (a failed redirection of `:` or `exec` ends dash with 2); the trap covers the rest.
trap 'exit 0' 0
{
[ "${2-}" = plugin ] ||
home=@home@ node=@node@ client=@client@
[ -f "$home/auth.json" ] || exit 0
set -C
umask 077

# set -C claims the name: process ids recur, and no event may overwrite another.
name=$$ tries=0
until printf '' >"$home/spool/$name"; do
  [ -e "$home/spool/$name" ] || mkdir "$home/spool" || exit 0
  tries=$((tries + 1)) name=$$.$tries
  [ "$tries" -le 50 ] || exit 0
done
spooled=$home/spool/$name
# A shipper may take the file as soon as it is whole; what is open stays readable.
[ "$1" != session_start ] || exec 3<"$spooled"

# A pause is a file whose time is its end; what was just made tells the time.
if [ "$home/paused/until" -nt "$spooled" ] || [ "$home/paused/${CLAUDE_PROJECT_DIR-}/until" -nt "$spooled" ]; then
  rm -f "$spooled"
  exit 0
fi

# NUL ends the folder: it is the one byte that no path holds. The last line makes the file whole: one that
# lacks it is being written still, or its writer died.
printf 'memfog 1 %s\n%s\0' "$1" "${CLAUDE_PROJECT_DIR-}" >>"$spooled" &&
  command cat >>"$spooled" &&
  printf '\0memfog %s\n' "$name" >>"$spooled" || {
  rm -f "$spooled"
  exit 0
}

# A claim older than a minute, or from the future, belongs to a starter that died.
claim() {
  printf '' >"$home/starting" && return 0
  [ -n "$(find "$home/starting" -mmin +1 -o -mmin -0)" ] || return 1
  rm -f "$home/starting"
  printf '' >"$home/starting"
}

[ -x "$node" ] || node=node
# A living shipper keeps the time of its lease in the future. A clock that was wrong may have left one far ahead: each
# session lets a shipper look. One that held our stdout open would hold up the session.
if { [ "$1" = session_start ] || [ ! "$home/lease" -nt "$spooled" ]; } && claim; then
  NODE_OPTIONS='' "$node" "$client/lib/shipper/start.js" "$home" </dev/null >/dev/null 2>&1 3</dev/null &
fi
} >/dev/null 2>&1
# What a session that begins should know: the one thing that may be printed.
[ "$1" != session_start ] || NODE_OPTIONS='' "$node" "$client/lib/context/run.js" "$home" <&3 2>/dev/null
exit 0
