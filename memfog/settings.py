"""The settings of Memfog. No other file reads the environment; `.env.example` documents each variable.

A missing variable gets a default for a laptop with one user. On a public server a missing `SECRET_KEY` or `TOKEN_KEY`
stops the start, since production must not guess keys.
"""

import tomllib
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

import environ
import platformdirs
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from events import limits, work_kinds
from memfog import key_files

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# Variables of this process's own environment, which the next start would not have: `manage.py autostart` stores them.
START_ENVIRONMENT = {name: env.str(name) for name in ("HOST", "PORT", "PUBLIC_URL", "MEMFOG_DATA") if env.str(name, "")}
env.read_env(BASE_DIR / ".env")
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

# --- The address of this server -------------------------------------------------------------------------

HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000)
PUBLIC_URL = env.str("PUBLIC_URL", "").rstrip("/")
PUBLIC_URL_IS_SET = bool(PUBLIC_URL)
PUBLIC_URL = PUBLIC_URL or f"http://{f'[{HOST}]' if ':' in HOST else HOST}:{PORT}"
SECURE = PUBLIC_URL.startswith("https://")
# Web processes on this machine; more than one needs Redis.
WEB_CONCURRENCY = env.int("WEB_CONCURRENCY", 1)
DEBUG = env.bool("DEBUG", False)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


# A server for one user: only this machine can reach it, and its links point to this machine.
LOCAL = _is_loopback(HOST) and _is_loopback(urlsplit(PUBLIC_URL).hostname or "")

DATA_DIR = Path(env.str("MEMFOG_DATA", "") or platformdirs.user_data_dir("memfog", appauthor=False)).expanduser()
try:
    DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
except OSError as error:
    raise ImproperlyConfigured(
        f"The data directory {DATA_DIR} cannot be created ({error.strerror}). "
        "Set MEMFOG_DATA to a folder that this user may write."
    ) from error

SECRET_KEY = env.str("SECRET_KEY", "") or key_files.load_or_create_key(DATA_DIR, "secret_key", may_create=LOCAL)
# The first key signs; the others, separated by commas, still verify older tokens.
TOKEN_KEYS = env.list("TOKEN_KEY", default=[]) or [
    key_files.load_or_create_key(DATA_DIR, "token_key", may_create=LOCAL)
]

ALLOWED_HOSTS = [urlsplit(PUBLIC_URL).hostname or "", *env.list("EXTRA_HOSTS", default=[])]
if LOCAL:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

# --- The apps -------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "memfog",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "rest_framework",
    "anymail",
    "accounts",
    "events",
    "memory",
    "sync",
    "backups",
    "dashboard",
]

MIDDLEWARE = [
    "memfog.server.page_budget.PageBudgetMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "memfog.server.page_compression.PageCompressionMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "accounts.api_base.problem.ProblemMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sign_in.operator_access.OperatorTwoFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "dashboard.base.user_names.UserNamesMiddleware",
]

ROOT_URLCONF = "memfog.urls"
WSGI_APPLICATION = "memfog.wsgi.application"
# A path without its final slash is an unknown path, not another form of a known path.
APPEND_SLASH = False

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "dashboard.demo.views.build_demo_context",
                "dashboard.base.filter_query.build_filter_context",
                "dashboard.navigation.page_links.build_navigation_context",
            ],
        },
    },
]

# --- External services, each with a local replacement -----------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    # An empty variable counts as a missing one, so that an example file can list every variable.
    "default": env.db_url_config(env.str("DATABASE_URL", "") or f"sqlite:///{DATA_DIR / 'memfog.sqlite3'}")
}
# The database is reached by a pooler that gives out a connection for a transaction, like pgbouncer's transaction mode.
DATABASE_POOLED = env.bool("DATABASE_POOLED", False)
# Whether the tables are distributed over several machines with Citus: docs/scale.md.
DATABASE_DISTRIBUTED = env.bool("DATABASE_DISTRIBUTED", False)
DATABASE_EXTRA_OPTIONS = ""  # options for PostgreSQL in DATABASE_URL
ON_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if ON_SQLITE:
    DATABASES["default"]["ENGINE"] = "memfog.sqlite_backend"
    DATABASES["default"]["OPTIONS"] = {
        # Acquire the write lock at the start: a transaction that acquires it later fails at once instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # FULL: a stored event survives a power cut, not only a killed process. SQLite overwrites deleted content. A
        # commit moves the write-ahead log into the database only at 64 MB, since `events.store.wal_checkpoint` does so
        # before; a log that grew is cut to 4 MB when it is used again.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
        "PRAGMA wal_autocheckpoint=16000; PRAGMA journal_size_limit=4194304;",
    }
else:
    # A connection to a server that vanished (a pulled cable, a failover) is closed within half a minute instead of the
    # system's two hours. For a server that hangs see `events.endpoints.async_http.with_database_timeout`.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,  # milliseconds
        # Statements are prepared once per connection: planning a statement costs as much as running it. A pooler gives
        # each transaction another connection, which does not know them.
        "prepare_threshold": None if DATABASE_POOLED else 5,
        **DATABASES["default"].get("OPTIONS", {}),
    }
    DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = DATABASE_POOLED
    # A process that does other work says so: `events.isolation.work_limits`.
    DATABASE_EXTRA_OPTIONS = DATABASES["default"]["OPTIONS"].pop("options", "")
    DATABASES["default"]["OPTIONS"].update(
        work_kinds.COMMAND.make_options(pooled=DATABASE_POOLED, extra=DATABASE_EXTRA_OPTIONS)
    )
# The server creates its owner's account: all of its data is on this machine, and only this machine can reach it.
PERSONAL = LOCAL and ON_SQLITE
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# Without the options above, which are for Django's connections.
BACKUP_DATABASE: dict[str, Any] = env.db_url_config(
    env.str("BACKUP_DATABASE_URL", "") or env.str("DATABASE_URL", "") or f"sqlite:///{DATA_DIR / 'memfog.sqlite3'}"
)
BACKUP_DATABASE_IS_SET = bool(env.str("BACKUP_DATABASE_URL", ""))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
_CACHE: dict[str, Any] = (
    {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # A store that hangs counts as down.
        "OPTIONS": {"socket_timeout": 3, "socket_connect_timeout": 3},
    }
    if REDIS_URL
    # Large enough for many clients: an evicted count would start again at zero.
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "OPTIONS": {"MAX_ENTRIES": 100_000}}
)
CACHES: dict[str, dict[str, Any]] = {
    "default": {**_CACHE, "KEY_PREFIX": "memfog"},
    "ratelimit": {**_CACHE, "KEY_PREFIX": "memfog-rate"},
}
if not REDIS_URL:
    CACHES["default"]["LOCATION"], CACHES["ratelimit"]["LOCATION"] = "default", "ratelimit"

CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_TASK_IGNORE_RESULT = True
# The queues of tasks. Each proves by a heartbeat that a worker finishes its tasks (`memfog.monitoring.heartbeats`).
TASK_QUEUES = ["celery", "projection"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# When beat last sent each task. Without this file, beat would restart every interval.
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")

EMAIL_URL = env.str("EMAIL_URL", "")
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", "")
ANYMAIL: dict[str, str] = {}
if EMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{EMAIL_PROVIDER}.EmailBackend"
    ANYMAIL[f"{EMAIL_PROVIDER.upper()}_API_KEY"] = env.str("EMAIL_API_KEY")
elif LOCAL and not EMAIL_URL:
    EMAIL_BACKEND = "accounts.mailer.dev_backend.LocalBackend"
else:
    vars().update(env.email_url_config(EMAIL_URL or "smtp://localhost:25"))
# The key of `/dev/mail`, which the terminal prints. Each user who can read the data directory can read these mails.
MAILBOX_KEY = ""
if EMAIL_BACKEND == "accounts.mailer.dev_backend.LocalBackend":
    MAILBOX_KEY = key_files.load_or_create_key(DATA_DIR, "mailbox_key", may_create=True)
EMAIL_TIMEOUT = 20
# Addresses of this server's own domain: mail and questions of its users must not go to another server's operators.
_MAIL_DOMAIN = "memfog.com" if LOCAL else urlsplit(PUBLIC_URL).hostname or "localhost"
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", "") or f"Memfog <hello@{_MAIL_DOMAIN}>"
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", "") or f"support@{_MAIL_DOMAIN}"
ADMINS = [("Operator", address) for address in env.list("ADMINS", default=[])]

# --- Backups ---------------------------------------------------------------------------------------------

# The object store: s3://bucket/prefix, or a folder. Without it Memfog makes no backups.
BACKUP_URL = env.str("BACKUP_URL", "")
BACKUP_S3_ENDPOINT = env.str("BACKUP_S3_ENDPOINT", "")
BACKUP_S3_KEY = env.str("BACKUP_S3_KEY", "")
BACKUP_S3_SECRET = env.str("BACKUP_S3_SECRET", "")
# Public keys of age. The server holds no private key.
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", default=[])

# --- Monitoring ------------------------------------------------------------------------------------------

# The bearer token of Prometheus. Without it `/metrics` answers programs on this machine only.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# The numbers that the web processes of this machine share (`memfog.metrics.shared_values`).
METRICS_DIR = DATA_DIR / "metrics"
if REDIS_URL:
    env.ENVIRON["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)  # prometheus_client reads it itself

# Where traces go, by the standard environment of OpenTelemetry. The SDK reads its other variables itself.
TRACES_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "")
if not TRACES_ENDPOINT and (_collector := env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "").rstrip("/")):
    TRACES_ENDPOINT = f"{_collector}/v1/traces"
if env.str("OTEL_SDK_DISABLED", "").lower() == "true":
    TRACES_ENDPOINT = ""
# Where error reports go (`memfog.monitoring.error_reports`).
SENTRY_DSN = env.str("SENTRY_DSN", "")

# --- Accounts and access --------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.authentication.PasswordBackend"]
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "sign-in", "home", "home"
PASSWORD_HASHERS = ["accounts.crypto.password_hashing.Argon2id"]
PASSWORD_LENGTH = 8, 1024
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "accounts.credentials.password_policy.LengthValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "display_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

# Functions of the apps above `accounts`: each deletes the data that its app stores for a deleted account.
ERASED_WITH_ACCOUNT = [
    "sync.sync_erasure.erase",
    "memory.deletion.memory_erasure.erase",
    "events.deletion.log_erasure.erase",
]

# Functions that build what a mail of these kinds says beyond its template, or None if it says nothing.
MAIL_CONTEXTS = {
    "new_sign_in": "accounts.sign_in.login.build_mail_context",
    "connect": "dashboard.base.connect_command.build_mail_context",
    **dict.fromkeys(("notice", "notice_digest"), "memory.notifications.notice_mail.build_mail_context"),
}

# The account exporters. An import restores stars before the retention policy, which is therefore last.
ACCOUNT_EXPORTERS = [
    "accounts.lifecycle.account_export",
    "memory.preferences.preference_export",
    "events.retention.retention_policy",
]

TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
CLIENT_IP_HEADER = env.str("CLIENT_IP_HEADER", "X-Forwarded-For")
RATE_EXEMPT_IPS = env.list("RATE_EXEMPT_IPS", default=[])
SILENCED_SYSTEM_CHECKS = [
    # TLS ends at a proxy before this server, and the proxy redirects to HTTPS.
    "security.W008",
    # Only the owner of the domain can request an entry in the browsers' HSTS preload list.
    "security.W021",
]

CORS_ALLOWED_ORIGINS = env.list("CORS_ORIGINS", default=[]) or [
    "https://memfog.com",
    "https://www.memfog.com",
    "https://dashboard.memfog.com",
    "https://app.memfog.com",
]
CORS_ALLOW_CREDENTIALS = False
CORS_URLS_REGEX = r"^/(api|auth|sync|me|ingest|mcp|healthz|readyz)(/|$)"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.credentials.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.credentials.authentication.HasRequiredPermission"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "accounts.api_base.problem.handle_exception",
    "UNAUTHENTICATED_USER": None,
    # Without this, `?format=` would select a renderer, and answer 404 for an unknown one.
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "memfog.openapi.drf_schema.DocumentedSchema",
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Memfog",
    "VERSION": "1",
    "DESCRIPTION": "Captures Claude Code sessions through hooks, stores the events, and returns them byte for byte.",
    "SERVERS": [{"url": PUBLIC_URL}],
    "ENUM_NAME_OVERRIDES": {"Scope": "accounts.models.Scope.choices"},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # The order of the URL configuration.
    "SORT_OPERATIONS": False,
}
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "ISSUER": "memfog",
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
    "USER_ID_CLAIM": "sub",
    "AUTH_TOKEN_CLASSES": ("rest_framework_simplejwt.tokens.AccessToken",),
}

# --- Cookies and security headers -----------------------------------------------------------------------

SESSION_ENGINE = "accounts.credentials.browser_sessions"
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
# WhiteNoise finds files in the source folders at start and keeps their paths in memory: no collectstatic is needed.
WHITENOISE_USE_FINDERS = True

# --- Limits, listed in every 413 and in GET /api/limits ---------------------------------------------------

LIMITS = {
    "event_bytes": limits.MAX_EVENT_BYTES,
    "request_bytes": limits.MAX_REQUEST_BYTES,
    "inflated_bytes": limits.MAX_INFLATED_BYTES,
    "events": limits.MAX_EVENTS,
    "nesting": limits.MAX_NESTING,
    "streams_per_user": int(env.str("STREAMS_PER_USER", "") or limits.STREAMS_PER_USER),
    "streams_per_address": int(env.str("STREAMS_PER_ADDRESS", "") or limits.STREAMS_PER_ADDRESS),
}
# The front door limits every body; Django's own lower limit would answer HTML.
DATA_UPLOAD_MAX_MEMORY_SIZE = LIMITS["inflated_bytes"]
# Events per second that one account may send; 0 is no limit.
INGEST_RATE = int(env.str("INGEST_RATE", "") or (0 if LOCAL else 5_000))
# The limit for bodies that are not a batch of events: forms, credentials, queries.
SMALL_BODY_BYTES = 65_536

# The proxy to another Memfog server, for a network that blocks direct connections.
HTTPS_PROXY = env.str("HTTPS_PROXY", "") or getproxies_environment().get("https", "")
NO_PROXY = (env.str("NO_PROXY", "") or getproxies_environment().get("no", "")).split(",")

CLIENT_PACKAGE = env.str("CLIENT_PACKAGE", "")

# Tools for which memory stores no observation. After a change run manage.py rebuild_memory.
SKIPPED_TOOLS = frozenset(
    env.list("SKIPPED_TOOLS", default=[])
    or ["TodoWrite", "ListMcpResourcesTool", "SlashCommand", "Skill", "AskUserQuestion"]
)

# The model that summarizes the sessions of each user who enables it with an API key, and the address of its API.
MODEL = env.str("MODEL", "") or "claude-haiku-4-5"
# `off`: this server offers no LLM summaries.
MODEL_URL = (env.str("MODEL_URL", "") or "https://api.anthropic.com").rstrip("/").removeprefix("off")

# The secret from which the key of push messages follows. Without it a public server offers none.
PUSH_KEY = env.str("PUSH_KEY", "") or (
    key_files.load_or_create_key(DATA_DIR, "push_key", may_create=True) if LOCAL else ""
)
# For tests: a push service may be on this machine.
PUSH_TO_LOOPBACK = env.bool("PUSH_TO_LOOPBACK", False)

# Whether the user at the terminal sees this machine's screen: otherwise the server opens no page.
SCREEN = any(env.str(name, "") for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))
FAR_AWAY = any(env.str(name, "") for name in ("CI", "SSH_CONNECTION", "SSH_TTY"))

# --- Language, time and log -----------------------------------------------------------------------------

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"awaited": {"()": "memfog.monitoring.log_format.CancelledFilter"}},
    "formatters": {
        "lines": {"()": "memfog.monitoring.log_format.LineFormatter"},
        "objects": {"()": "memfog.monitoring.log_format.JsonFormatter"},
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "lines" if LOCAL else "objects"},
        "operators": {
            "class": "memfog.monitoring.error_mail.OperatorMailHandler",
            "formatter": "objects",
            "level": "ERROR",
        },
    },
    "root": {"handlers": ["stderr", "operators"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Django's own handlers print in another format and mail local variables. All records use the two above.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # A refused request is an error of the caller, and its path may hold a secret link.
        "django.request": {"level": "ERROR", "filters": ["awaited"]},
        "django.security": {"level": "ERROR"},
        # It logs every request, and quotes the caller's input in its errors.
        "mcp": {"level": "CRITICAL"},
    },
}
if SENTRY_DSN:
    LOGGING["handlers"]["reports"] = {
        "class": "memfog.monitoring.error_reports.ErrorReportHandler",
        "level": "ERROR",
    }
    LOGGING["root"]["handlers"].append("reports")
# The worker uses the same log configuration as the other processes.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
