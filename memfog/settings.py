"""Every setting of Memfog. The environment is read in this file and nowhere else.

Each variable stands with one line in `.env.example`. A variable that is not set takes the value that suits
one person's laptop; what production must not guess (`SECRET_KEY`, `TOKEN_KEY`) stops the start instead.
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

from events.wire import batch_parser, envelope
from memfog import key_files

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
# What this start was told, and the next one by itself would not know: `manage.py autostart` writes it down.
START_ENVIRONMENT = {name: env.str(name) for name in ("HOST", "PORT", "PUBLIC_URL", "MEMFOG_DATA") if env.str(name, "")}
env.read_env(BASE_DIR / ".env")
VERSION: str = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

# --- Where this server stands ---------------------------------------------------------------------------

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


# One person's machine: nothing but this machine can reach the server, and links point back at it.
LOCAL = _is_loopback(HOST) and _is_loopback(urlsplit(PUBLIC_URL).hostname or "")

DATA_DIR = Path(env.str("MEMFOG_DATA", "") or platformdirs.user_data_dir("memfog", appauthor=False)).expanduser()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)

SECRET_KEY = env.str("SECRET_KEY", "") or key_files.load_or_create_key(DATA_DIR, "secret_key", may_create=LOCAL)
# The first key signs; the others, separated by commas, still open older tokens.
TOKEN_KEYS = env.list("TOKEN_KEY", default=[]) or [
    key_files.load_or_create_key(DATA_DIR, "token_key", may_create=LOCAL)
]

ALLOWED_HOSTS = [urlsplit(PUBLIC_URL).hostname or "", *env.list("EXTRA_HOSTS", default=[])]
if LOCAL:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]

# --- The rooms ------------------------------------------------------------------------------------------

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
]

ROOT_URLCONF = "memfog.urls"
WSGI_APPLICATION = "memfog.wsgi.application"
# A path without its slash is an unknown path, not another spelling of a known one.
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
            ],
        },
    },
]

# --- Outside things, each with a stand-in that needs no service -------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    # A variable that is set to nothing is one that is not set: so an example file can name them all.
    "default": env.db_url_config(env.str("DATABASE_URL", "") or f"sqlite:///{DATA_DIR / 'memfog.sqlite3'}")
}
ON_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if ON_SQLITE:
    DATABASES["default"]["ENGINE"] = "memfog.sqlite_backend"
    DATABASES["default"]["OPTIONS"] = {
        # Take the write lock at the start: a transaction that upgrades later fails at once instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        # FULL: an acknowledged event survives a power cut, not only a killed process. What is deleted is overwritten.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;",
    }
else:
    # A server that left without a word (a pulled cable, a machine that failed over) is given up within half a minute
    # instead of the system's two hours. One that is there but hangs: see
    # `events.endpoints.async_http.with_database_timeout`.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 5,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 25_000,  # milliseconds
        # And should this process be the one that froze or vanished: it must not keep its users' streams locked.
        "options": "-c idle_in_transaction_session_timeout=30s",
        # Statements are prepared once per connection; planning them anew costs as much as running them.
        "prepare_threshold": 5,
        **DATABASES["default"].get("OPTIONS", {}),
    }
# Where the server makes its owner an account by itself: everything it has is on the machine that alone reaches it.
PERSONAL = LOCAL and ON_SQLITE
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
# As it stands: what was added above is for the connections of Django.
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
        # A store that hangs is a store that is down.
        "OPTIONS": {"socket_timeout": 3, "socket_connect_timeout": 3},
    }
    if REDIS_URL
    # Room for many clients: counts that are crowded out would start anew.
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
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True

EMAIL_URL = env.str("EMAIL_URL", "")
EMAIL_PROVIDER = env.str("EMAIL_PROVIDER", "")
ANYMAIL: dict[str, str] = {}
if EMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{EMAIL_PROVIDER}.EmailBackend"
    ANYMAIL[f"{EMAIL_PROVIDER.upper()}_API_KEY"] = env.str("EMAIL_API_KEY")
elif LOCAL and not EMAIL_URL:
    EMAIL_BACKEND = "accounts.mailer.mail_templates.LocalBackend"
else:
    vars().update(env.email_url_config(EMAIL_URL or "smtp://localhost:25"))
# Opens `/dev/mail`; the terminal prints it. Whoever may read the data directory may read its mails as well.
MAILBOX_KEY = ""
if EMAIL_BACKEND == "accounts.mailer.mail_templates.LocalBackend":
    MAILBOX_KEY = key_files.load_or_create_key(DATA_DIR, "mailbox_key", may_create=True)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", "Memfog <hello@memfog.com>")
SUPPORT_EMAIL = env.str("SUPPORT_EMAIL", "support@memfog.com")
ADMINS = [("Operator", address) for address in env.list("ADMINS", default=[])]

# --- Backups ---------------------------------------------------------------------------------------------

# s3://bucket/prefix, or a folder. Without it none are made.
BACKUP_URL = env.str("BACKUP_URL", "")
BACKUP_S3_ENDPOINT = env.str("BACKUP_S3_ENDPOINT", "")
BACKUP_S3_KEY = env.str("BACKUP_S3_KEY", "")
BACKUP_S3_SECRET = env.str("BACKUP_S3_SECRET", "")
# Public keys of age; the private ones are nowhere on the server.
BACKUP_RECIPIENTS = env.list("BACKUP_RECIPIENTS", default=[])

# --- Who comes in ---------------------------------------------------------------------------------------

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

# What the rooms above `accounts` hold of a user, and how it goes when the account does.
ERASED_WITH_ACCOUNT = [
    "sync.sync_erasure.erase",
    "memory.deletion.memory_erasure.erase",
    "events.deletion.log_erasure.erase",
]

# What an account holds besides its events, for its export and back. How long events are kept comes last: stars first.
CARRIERS = [
    "accounts.lifecycle.account_export",
    "memory.preferences.preference_export",
    "events.retention.retention_policy",
]

TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])
CLIENT_IP_HEADER = env.str("CLIENT_IP_HEADER", "X-Forwarded-For")
RATE_EXEMPT_IPS = env.list("RATE_EXEMPT_IPS", default=[])
SILENCED_SYSTEM_CHECKS = [
    # TLS ends before this server, and what stands there redirects.
    "security.W008",
    # To be on the browsers' list is for the owner of the domain to ask for.
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
    # `?format=` would be a second way to ask for a type, answered with 404.
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_SCHEMA_CLASS": "memfog.openapi.drf_schema.DocumentedSchema",
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Memfog",
    "VERSION": "1",
    "DESCRIPTION": "Captures what Claude Code does through its hooks, keeps it, and gives it back byte for byte.",
    "SERVERS": [{"url": PUBLIC_URL}],
    "ENUM_NAME_OVERRIDES": {"Scope": "accounts.models.Scope.choices"},
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # As they stand in the URL configuration.
    "SORT_OPERATIONS": False,
}
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "ISSUER": "memfog",
    "ACCESS_TOKEN_LIFETIME": timedelta(hours=1),
    "USER_ID_CLAIM": "sub",
    "AUTH_TOKEN_CLASSES": ("rest_framework_simplejwt.tokens.AccessToken",),
}

# --- What a browser may do ------------------------------------------------------------------------------

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
# Found in the source folders at start and kept in memory: there is no collectstatic to forget.
WHITENOISE_USE_FINDERS = True

# --- Limits, named in every 413 and in GET /api/limits ----------------------------------------------------

LIMITS = {
    "event_bytes": envelope.MAX_EVENT_BYTES,
    "request_bytes": 8_388_608,
    "inflated_bytes": 16_777_216,
    "events": batch_parser.MAX_EVENTS,
    "nesting": envelope.MAX_NESTING,
    # Streams open at once in each web process: twenty tabs and a sync are well within, and so is an office.
    "streams_per_user": int(env.str("STREAMS_PER_USER", "") or 40),
    "streams_per_address": int(env.str("STREAMS_PER_ADDRESS", "") or 500),
}
# The front door bounds every body; Django's own lower limit would answer HTML.
DATA_UPLOAD_MAX_MEMORY_SIZE = LIMITS["inflated_bytes"]
# Events per second that one account may send; 0 is no limit.
INGEST_RATE = int(env.str("INGEST_RATE", "") or (0 if LOCAL else 5_000))
# Everything that is not a batch of events: forms, credentials, queries.
SMALL_BODY_BYTES = 65_536

# The way out to another Memfog, where a network lets nothing else out.
HTTPS_PROXY = env.str("HTTPS_PROXY", "") or getproxies_environment().get("https", "")
NO_PROXY = (env.str("NO_PROXY", "") or getproxies_environment().get("no", "")).split(",")

CLIENT_PACKAGE = env.str("CLIENT_PACKAGE", "")

# Tools of which memory keeps no observation. After a change: manage.py rebuild_memory.
SKIPPED_TOOLS = frozenset(
    env.list("SKIPPED_TOOLS", default=[])
    or ["TodoWrite", "ListMcpResourcesTool", "SlashCommand", "Skill", "AskUserQuestion"]
)

# The model that sums up sessions for whoever switches it on with a key of their own, and whose messages API that is.
MODEL = env.str("MODEL", "") or "claude-haiku-4-5"
# `off`: this server offers none.
MODEL_URL = (env.str("MODEL_URL", "") or "https://api.anthropic.com").rstrip("/").removeprefix("off")

# What the terminal tells of whoever sits at it: a page is opened beside it only where it would show on their screen.
SCREEN = any(env.str(name, "") for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY"))
FAR_AWAY = any(env.str(name, "") for name in ("CI", "SSH_CONNECTION", "SSH_TTY"))

# --- The rest -------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
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
        # Its own handlers print what they like and mail local variables; everything goes through the two above.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # A refused request is the caller's business; its path may hold a secret link.
        "django.request": {"level": "ERROR", "filters": ["awaited"]},
        "django.security": {"level": "ERROR"},
        # It tells of every request, and of what was wrong with it in the caller's words.
        "mcp": {"level": "CRITICAL"},
    },
}
# The worker logs like everybody else.
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
