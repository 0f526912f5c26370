"""Technical words with the same meaning, so that `auth` finds `login`. Pure.

A line holds words of one meaning, separated by commas; one of several words stands for all of them at once. A word may
stand on several lines. Only words that people use in place of each other: words that merely occur together (`test`,
`check`) make a search worse.
"""

from collections.abc import Mapping

from memory.search.word_endings import find_stems

_TABLE = """
auth, authentication, login, logon, signin, log in, sign in, signed in, logged in
auth, authorization, authorisation
authorization, permission, privilege, access right
logout, logoff, signout, log out, sign out, signed out, logged out
signup, registration, sign up
2fa, mfa, two factor, second factor, totp
db, database, data base
postgres, postgresql, pg, psql
index, indices, indexes
config, configuration, configure, settings, preferences, options
env, environment, dotenv
var, variable
repo, repository
deps, dependency, dependencies
pkg, package
lib, library
dir, directory, folder
docs, documentation, documents
readme, read me
app, application
admin, administrator
perms, permission
perf, performance, slow, speed, speed up, optimize, optimization, latency
a11y, accessibility, accessible
i18n, internationalization, localization, l10n, locale, language, translation, translate
k8s, kubernetes, kubectl
tf, terraform
gh, github
ci, continuous integration, pipeline
cd, continuous delivery, continuous deployment
pr, pull request, merge request, mr
js, javascript
ts, typescript
py, python
rb, ruby
rs, rust
md, markdown
yml, yaml
img, image, picture, photo
msg, message
err, error, exception
fn, func, function
param, parameter
arg, argument
attr, attribute
prop, property, properties
obj, object
str, string
int, integer
bool, boolean
num, number
max, maximum
min, minimum
avg, average, mean
async, asynchronous
sync, synchronous, synchronize
init, initialize, initialization
impl, implementation, implement
spec, specification
req, request
res, response
ws, websocket, socket, web socket
mq, queue, message queue
e2e, end to end, end-to-end
ui, user interface, frontend, front end
ux, user experience
backend, back end
fs, filesystem, file system
os, operating system
vm, virtual machine
cpu, processor
mem, ram, memory
net, network
addr, address
url, uri, link
nav, navigation
btn, button
modal, dialog, popup
dark mode, dark theme
mail, email, e-mail
cert, certificate, tls, ssl, https
jwt, json web token
crypto, encryption, encrypt, encrypted
rate limit, throttle, throttling, ratelimit
retry, backoff
dedupe, deduplicate, duplicate, twice, idempotent
race, race condition, concurrency, data race
lock, mutex
crash, panic, segfault
bug, defect, fault
fix, repair, mend, solve
delete, remove, drop
rename, move
upgrade, update, bump
downgrade, revert, rollback, roll back
deploy, deployment, rollout, roll out, release
setup, set up, bootstrap, install
backup, back up, dump
restore, recover, recovery
flaky, unstable, intermittent
timeout, time out, timed out
log, logging, logs
metric, monitoring, alert
cron, crontab, schedule, scheduled
cache, caching, memoize
migration, migrate, schema change
backfill, back fill
lint, linter, eslint, ruff
format, formatter, prettier
mock, stub, fake
endpoint, route, api
mobile, phone
color, colour
gray, grey
"""


def _build_table() -> Mapping[str, tuple[str, ...]]:
    table: dict[str, dict[str, None]] = {}
    for line in _TABLE.strip().splitlines():
        words = [word.strip() for word in line.split(",")]
        for word in words:
            others = {other: None for other in words if other != word}
            for key in (word, *(find_stems(word) if len(word) > MIN_STEMMED_CHARS else ())):
                table.setdefault(key, {}).update(others)
    return {word: tuple(others) for word, others in table.items()}


MIN_STEMMED_CHARS = 4  # shorter words are abbreviations, which have no inflected forms
SYNONYMS = _build_table()
PHRASES = frozenset(word for word in SYNONYMS if " " in word)
MAX_PHRASE_WORDS = 3


def find_synonyms(word: str) -> tuple[str, ...]:
    """Returns the words of the same meaning, also for an inflected form; phrases have spaces."""
    if word in SYNONYMS:
        return SYNONYMS[word]
    stems = find_stems(word) if len(word) > MIN_STEMMED_CHARS else []
    return next((SYNONYMS[stem] for stem in stems if stem in SYNONYMS), ())
