"""All regular expressions for captured text. Each takes time linear in the text; `tests/linear` tests each of them.

Strangers choose the captured text, and `re` holds the GIL during a match.
"""

import re

# Rules for each pattern:
# - No lazy repetition up to an end that may be missing.
# - No repetition within another, unless neither backtracks.
# - No unbounded repetition before a part that can fail.
# - The body of a possessive group does not fail after it has consumed a character: it looks ahead first. Before Python
#   3.11.5 (Debian 12 has 3.11.2) such a group kept the characters of the failed iteration (python/cpython#106052).

# --- Wire JSON ------------------------------------------------------------------------------------------

# An unclosed string extends to the end, so that its content is matched once.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
JSON_WHITESPACE = re.compile(r"[ \t\n\r]*+")
JSON_KEY = re.compile(r'[ \t\n\r]*+"([^"\\\x00-\x1f]*)"[ \t\n\r]*+:')
JSON_STRING_OR_BRACKET = re.compile(rf"{_STRING}|[][{{}}]", re.DOTALL)
JSON_STRING_OR_WHITESPACE = re.compile(rf"({_STRING})|[ \t\n\r]+", re.DOTALL)
# Matches of bounded length: the GIL is released only between two matches.
JSON_OUTSIDE_STRING = re.compile(
    r"""(?P<flat>(?:[^\[\]{}"]{1,64}+|(?="[^"\\]{0,64}+")"[^"\\]{0,64}+"|(?=\[\])\[\]|(?={})\{\}){1,1024}+)"""
    r"""|(?P<opening>[\[{]{1,65536}+)|(?P<closing>[\]}]{1,65536}+)|(?P<quote>")"""
)
JSON_IN_STRING = re.compile(r'(?P<inner>(?:[^"\\]|\\.){1,65536}+)|(?P<quote>")', re.DOTALL)
JSON_TOKEN = re.compile(rf'{_STRING}|[][{{}},:]|[^][{{}},:"\s]+', re.DOTALL)
INVALID_CHARS = re.compile("[\x00\ud800-\udfff]")
LINE_END = re.compile("\r\n|\r|\n")
# The members that `Record.to_wire` appends to an event.
SERVER_MEMBERS = re.compile(r',"user_id":"[0-9a-f-]{36}+","received_at":"[^"\\]{0,64}+"\}\Z')

# --- Names ----------------------------------------------------------------------------------------------

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
SESSION_ID = re.compile(r"[\w.:-]{1,128}", re.ASCII)
PATH_SEPARATORS = re.compile(r"[/\\]+")
# A drive of Windows: by its letter, or as its Linux and Cygwin mount it.
WINDOWS_DRIVE = re.compile(r"(?:([A-Za-z]):|/(?:mnt|cygdrive)/([A-Za-z]))(?=[/\\]|\Z)")
# The folder of a worktree that the host made within a repository.
HOST_WORKTREE = re.compile(r"[/\\]\.claude[/\\]worktrees[/\\][^/\\]++", re.IGNORECASE)
REDACTED = re.compile(r"\[redacted:([a-zA-Z0-9_-]{1,40})\]")

# --- Texts that the host adds ---------------------------------------------------------------------------

EXIT_CODE = re.compile(r"Exit code (\d{1,6})\b[ \t]{0,100}\n?")

# --- Shell commands, at most some thousand characters, with normalized white space ----------------------

COMMAND_PREFIX = re.compile(
    r"(?:cd [^;&|]++(?:&&|;)|(?:export )?[A-Za-z_]\w*+=\S*+ ?(?:&&|;)?|timeout \S++|time|env|sudo|set -\S+ ?;) ?"
)
COMMAND_SUFFIX = re.compile(
    r" ?(?:\| ?(?:tail|head|cat|less|tee|grep|sort|wc)\b[^|;&]*+|\d?>&\d ?|\d?> ?/dev/null ?|\|\| ?true ?"
    r"|; ?echo\b[^;&|]*+|[;&] ?)"
)
# A separator between two parts of a command, in the group; quoted text is matched, so that none is found in it.
COMMAND_SEPARATOR = re.compile(rf"{_STRING}|'[^']*+'?|(&&|\|\|?|;)", re.DOTALL)
SHELL_ASSIGNMENT = re.compile(r"\w++=")
# A quotation, a separator of commands, or a word; a quotation within a word is a token of its own.
SHELL_TOKEN = re.compile(rf"{_STRING}|'[^']*+'?|[;&|()<>\n]++|[^\s;&|()<>\"']++", re.DOTALL)
TEST_COMMAND = re.compile(
    r"(?:^|[\s/])(?:py\.?test|tox|nox|jest|vitest|mocha|rspec|phpunit|ctest|unittest|manage\.py test"
    r"|script/test|bin/test"
    r"|(?:npm|pnpm|yarn|bun|deno|go|cargo|make|mvn|gradle|gradlew|dotnet|mix|rake|swift|flutter|just|node --)"
    r"\s{0,4}(?:run[\s-]{1,4})?(?:test|check)\w{0,40})(?=$|[\s:])"
)
FAILURE_WORDS = re.compile(
    r"error|fail|exception|not found|cannot|can't|denied|no such|undefined|unexpected|refused", re.IGNORECASE
)
# Headings of test runners, and the prefixes that they write before a line.
RUNNER_HEADING = re.compile(r"[=_*-]{3}")
RUNNER_PREFIX = re.compile(r"(?:E|>|[-=.*#|]++)(?: |$)")
# A word in the name of a tool: `ReportFindings` and `report_findings` are `report` and `findings`.
NAME_WORD = re.compile(r"[A-Z]{1,40}+(?![a-z])|[A-Z]?[a-z]{1,40}+")

# --- Output of git, line by line ------------------------------------------------------------------------

_HASH = r"[0-9a-f]{7,64}+"
GIT_COMMIT_LINE = re.compile(rf"\[([^\[\]]{{1,300}}) ({_HASH})\] ?(.{{0,300}})")
GIT_UPDATING_LINE = re.compile(rf"([^.]{{7,120}})\.\.({_HASH})")
HASH = re.compile(_HASH)
# After a merge git names the strategy in quotation marks, and after a rebase the branch.
GIT_MERGED_LINE = re.compile(r"['\"«“‘„「『`] ?(?:ort|recursive|octopus|resolve|subtree|ours)\b|Merge made by")
GIT_REBASED_LINE = re.compile(r"(?<!['\"`/])refs/heads/\S|Successfully rebased")
# What git prints below the subject of a commit, in every language.
GIT_MODE_LINE = re.compile(r" (create|delete) mode [0-7]{6} (.{1,1000})")
GIT_RENAME_LINE = re.compile(r" (rename|copy) (.{1,2000}) \([0-9]{1,3}%\)")
# How git quotes a name that has control characters or bytes above 127.
GIT_ESCAPE = re.compile(rb"\\([0-7]{3}|.)")
GIT_HASH_LINE = re.compile(rf"(?:commit )?({_HASH})(?!\S)(?: \([^)]{{0,300}}\))? ?(.{{0,300}})")
GIT_PUSH_LINE = re.compile(
    rf" {{1,4}}[+*]? {{0,4}}(?:\[([^\[\]]{{1,40}})\]|({_HASH})\.{{2,3}}({_HASH})) {{1,60}}\S{{1,250}} {{1,60}}->"
    r" (\S{1,250})"
)
VERSION_NAME = re.compile(r"(?:\S{1,60}[-/@])?v?[0-9]{1,9}(?:\.[0-9]{1,9}){1,3}(?:[-+.]\S{0,60})?")
AZURE_NUMBER = re.compile(r"\"pullRequestId\": {0,4}([0-9]{1,12})\b")
AZURE_ADDRESS = re.compile(r"\"webUrl\": ?\"(https?://[^\"\s]{1,400})")
WEB_ADDRESS = re.compile(r"https?://[^\s\"'<>()\[\]{}|\\^`]{1,500}")

# --- Words ----------------------------------------------------------------------------------------------

_CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
WORD = re.compile(r"\w+")
TOKEN = re.compile(rf"[{_CJK}]++|[^\W{_CJK}]++(?:(?=[.-][^\W{_CJK}])[.-][^\W{_CJK}]++)*+")
CJK = re.compile(rf"[{_CJK}]")
NOT_ASCII = re.compile(r"[^\x00-\x7f]")
# Parts of an identifier: the last capital before lower-case letters belongs to the same part as these letters.
IDENTIFIER_PART = re.compile(r"[A-Z]{1,64}(?![a-z])|[A-Z]?[a-z]++|[0-9]++|[^\W\d_A-Za-z]++")
NON_LABEL_CHARS = re.compile(r"[^\w./:=-]+")
NAME_SEPARATOR = re.compile(r"[.-]")
CORRECTION = re.compile(
    r"(?:no\b|don'?t\b|do not\b|never\b|always\b|stop\b|please (?:don'?t|never|always)\b)", re.IGNORECASE
)
# What a person says once and means for later, too, anywhere in a short prompt.
STANDING_INSTRUCTION = re.compile(
    r"\b(?:from now on|in (?:the )?future|always|never|instead of|by default|remember (?:to|that)|make sure to)\b",
    re.IGNORECASE,
)
# The beginning of a sentence that holds for later, in a longer text.
STANDING_SENTENCE = re.compile(
    r"(?:please )?(?:from now on|in (?:the )?future|always|never|remember (?:to|that)|make sure to always)\b",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
# Markdown at the beginning of a line, and the names of next steps.
MARKDOWN_LINE_START = re.compile(r"(?:#{1,6}|>|[-*+•]|\d{1,3}[.)])(?:\s|\Z)")
RULE_OR_TABLE = re.compile(r"[|+=_*~`-]{3}|\|")
NEXT_STEP = re.compile(r"(?:next(?: steps?)?|remaining|to do|todo|still open|open)\b", re.IGNORECASE)
DATE = re.compile(r"\d{4}-\d\d-\d\d")
_FILTER = r'(?<!\S)(project|tool|file|type|failed|before|after):(?:"([^"]{0,1000})"|(\S%s))'
FILTER, UNFINISHED_FILTER = re.compile(_FILTER % "+"), re.compile(_FILTER % "*")
BACKTICKS = re.compile(r"`+")
MARKDOWN_SPECIAL_CHAR = re.compile(r"([\\`*_{}\[\]<>#|])")

# --- Terminals ------------------------------------------------------------------------------------------

ANSI_COLOR = re.compile(r"\x1b\[([0-9;]{0,100})m")
# Window titles and link addresses; the last character of a match shows whether the sequence is terminated.
OSC_SEQUENCE = re.compile(r"\x1b\][^\x07\x1b]*+(?:\x07|\x1b\\)?")
ANSI_ESCAPE = re.compile(r"\x1b(?:\[[0-?]{0,100}[ -/]{0,10}[@-~]|\(.?|[@-Z\\-_0-?])")

# --- Source code ----------------------------------------------------------------------------------------


def source_code_pattern(comments: str, strings: str, lines: str = "") -> re.Pattern[str]:
    """Compiles a pattern for the parts of source code that have a color, each in a named group.

    `comments` and `strings` list opening delimiters, separated by spaces. A delimiter such as `/*…*/` also names its
    closing delimiter; other comments end with their line. A part without its closing delimiter extends to the end of
    the text. `lines` is a pattern for the start of a line.
    """
    parts = {
        "line": f"^(?:{lines})" if lines else "",
        "comment": "|".join(map(_delimited_pattern, comments.split())),
        "string": "|".join(map(_delimited_pattern, strings.split())),
        "decorator": r"@[^\W\d][\w.]*+",
        "word": r"[^\W\d]\w*+",
        "number": r"\d[\w.]*+",
    }
    return re.compile("|".join(f"(?P<{name}>{part})" for name, part in parts.items() if part), re.MULTILINE | re.DOTALL)


def _delimited_pattern(sign: str) -> str:
    """Returns the pattern from an opening to its closing delimiter. A quote closes itself, except after a backslash."""
    opener, separator, closer = sign.partition("…")
    if not separator and opener[0] not in "\"'`":
        return rf"{re.escape(opener)}[^\n]*+"  # to the end of the line
    closer = closer or opener
    first, rest = re.escape(closer[0]), re.escape(closer[1:])
    inner = rf"{first}(?!{rest})" if rest else r"(?!)"
    # A string in single-character quotes ends with its line, except after a backtick. A backslash escapes a character.
    out = first + (r"\\" if not separator else "") + ("\n" if len(sign) == 1 and sign != "`" else "")
    hidden = rf"\\.|{inner}" if not separator else inner
    return rf"{re.escape(opener)}[^{out}]*+(?:(?:{hidden})[^{out}]*+)*(?:{re.escape(closer)})?"
