"""Every setting of the site, read from the environment. ARCHITECTURE.md lists the names.

With DEBUG=1 everything has a default and the course runs on one machine, with a sandbox in place of
Stripe. Without it the site refuses to start until its secrets are given.
"""

from pathlib import Path
from typing import Any

import environs
import structlog
from csp.constants import NONE, SELF

from courseware.environment import database, folder, loopback, mail, origins, refuse

env = environs.Env()
ROOT = Path(__file__).resolve().parent.parent
try:
    DEBUG = env.bool("DEBUG", False)
    PORT = env.int("PORT", 8000)
    HOST = env.str("HOST", "127.0.0.1")  # what `python -m courseware.serve` listens on
    TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)  # how many proxies of ours stand in front
    ADDRESS_CORES = env.float("ADDRESS_CORES", 0.5)  # of a core: what one address may have simulated, on average
except environs.EnvError as error:
    refuse(str(error))
VAR = folder(Path(env.str("VAR", "") or ROOT / "var"))  # all generated state

REQUIRED = ("SECRET_KEY", "ALLOWED_HOSTS", "ORIGINS", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
if not DEBUG and (missing := [name for name in REQUIRED if not env.str(name, "").strip()]):
    refuse(f"set {', '.join(missing)} in the environment, or DEBUG=1 on a machine of your own.")

SITE_NAME = env.str("SITE_NAME", "Headroom")
SECRET_KEY = env.str("SECRET_KEY", "") or "django-insecure-for-one-machine-never-for-a-site-that-others-reach"
if not DEBUG and (SECRET_KEY.startswith("django-insecure-") or len(SECRET_KEY) < 50):
    refuse("SECRET_KEY must be random and at least 50 characters long.")
OWN_ORIGINS = [f"http://{host}:{PORT}" for host in ("127.0.0.1", "localhost")] if DEBUG else []
ORIGINS = [*origins(env.list("ORIGINS", [])), *OWN_ORIGINS]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", []) or ["127.0.0.1", "localhost"]
CSRF_TRUSTED_ORIGINS = ORIGINS

# --- payments: the real Stripe, or the sandbox that `make run` starts beside the site ---------------
SANDBOX_BASE = f"http://127.0.0.1:{PORT + 1}"
STRIPE_API_BASE = env.str("STRIPE_API_BASE", "") or (SANDBOX_BASE if DEBUG else "https://api.stripe.com")
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "") or "sk_test_sandbox"
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "") or "whsec_sandbox"
STRIPE_SANDBOX = loopback(STRIPE_API_BASE)
STRIPE_LIVE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))  # the mode that a paid session must have
CHECKOUT_ORIGIN = STRIPE_API_BASE if STRIPE_SANDBOX else "https://checkout.stripe.com"
if not DEBUG and STRIPE_SANDBOX and STRIPE_LIVE:
    refuse("STRIPE_API_BASE points at the sandbox but STRIPE_SECRET_KEY is a live key.")

# --- the parts --------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "csp",
    "django_htmx",
    "django_structlog",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "lessons",
    "courseware.accounts",
    "courseware.commerce",
    "courseware.studio",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "courseware.headers.response_headers",
    "csp.middleware.CSPMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "courseware.health.answer_first",  # before anything that needs a database, sessions and logs' users among it
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "courseware.accounts.second_factor.ask_for_second_factor",
    "courseware.errors.FriendlyNotFound",
]
ROOT_URLCONF = "courseware.urls"
ASGI_APPLICATION = "courseware.asgi.application"
CSRF_FAILURE_VIEW = "courseware.errors.csrf_failure"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lessons.context.site",
                "courseware.roles.context",
            ],
        },
    }
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- data -------------------------------------------------------------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": database(env.str("DATABASE_URL", "") or f"sqlite:///{VAR / 'headroom.sqlite3'}")
}
REDIS_URL = env.str("REDIS_URL", "")
CHANNEL_LAYERS: dict[str, dict[str, Any]]
CACHES: dict[str, dict[str, Any]]
if REDIS_URL:  # several processes; the pubsub layer, because the core one drops messages beyond its capacity
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [REDIS_URL]},
        }
    }
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- static files -----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [ROOT / "static"]
# Our own files only: packages bring scripts that we neither use nor could hash (they import what they do not ship).
STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "courseware.static_files.HashedFilesStorage"},
}
WHITENOISE_ALLOW_ALL_ORIGINS = False
# With DEBUG the files come from static/ as they are, so that an edit shows on reload.

# --- accounts ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "courseware.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{SITE_NAME}: "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no mail to people who never came here
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if DEBUG else "https"
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/300s/key"}  # the rest as allauth has it: all views are limited
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
MFA_REQUIRED_FOR_STAFF = not DEBUG  # the demo instructor of one's own machine has no second factor
vars().update(mail(env.str("EMAIL_URL", "") or ("console://" if DEBUG else "smtp://localhost")))
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "") or f"{SITE_NAME} <no-reply@{ALLOWED_HOSTS[0].lstrip('.*')}>"

# --- language and time ------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True

# --- security ---------------------------------------------------------------------------------------
EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"  # Plotly makes an empty <style>
SOCKETS = [origin.replace("http", "ws", 1) for origin in ORIGINS]  # older browsers: 'self' is not ws://
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, EMPTY_STYLE],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF, *SOCKETS],
        "form-action": [SELF, CHECKOUT_ORIGIN],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        **({} if DEBUG else {"upgrade-insecure-requests": True}),
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_AGE = 180 * 86_400  # seconds: a visitor's progress lives in the session
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
if not DEBUG:
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # a balancer asks from inside, without TLS
    SECURE_HSTS_SECONDS = 63_072_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"  # the prefix makes browsers refuse a cookie set by a subdomain
    CSRF_COOKIE_NAME = "__Host-csrf"

# --- logs: lines for a person with DEBUG, JSON for a machine without --------------------------------
LOG_LEVEL = env.str("LOG_LEVEL", "INFO").upper()
LOG_STEPS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]
LOG_RENDERERS: list[Any] = [
    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
    *([] if DEBUG else [structlog.processors.format_exc_info]),
    structlog.dev.ConsoleRenderer(colors=False) if DEBUG else structlog.processors.JSONRenderer(),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "lines": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processors": LOG_RENDERERS,
            "foreign_pre_chain": [*LOG_STEPS, structlog.stdlib.ExtraAdder()],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": "INFO"},
        "django.request": {"level": "ERROR"},  # django_structlog has the 4xx, with who and where
        "django_structlog": {"level": "WARNING" if DEBUG else LOG_LEVEL},
        **{name: {"level": "WARNING"} for name in ("daphne", "asyncio", "stripe", "urllib3", "numba")},
    },
}
structlog.configure(
    processors=[
        *LOG_STEPS,
        structlog.processors.StackInfoRenderer(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
