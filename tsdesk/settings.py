"""Every setting, in one file, read from the environment.

The README lists the variables for running the desk for real; `./desk` sets them for the embedded services.
Money, deadlines and other rules of the business are data in the database, never settings.
"""

import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import django_stubs_ext
from celery.schedules import schedule
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _
from environ import Env

# Lets forms and managers say which model they are about, as `ModelForm[Person]`, while the program runs too.
django_stubs_ext.monkeypatch()

env = Env()
ROOT = Path(__file__).resolve().parent.parent
STATE = Path(env("TSDESK_STATE", default=str(ROOT / ".desk"))).absolute()
UNDER_TEST = "pytest" in sys.modules

# --- What kind of run this is ---------------------------------------------------------------------------------------

DEBUG = env.bool("TSDESK_DEBUG", default=False)
DEMO = env.bool("TSDESK_DEMO", default=False)
SECRET_KEY = env("TSDESK_SECRET_KEY")
TRAIL_KEY = env("TSDESK_TRAIL_KEY", default="") or SECRET_KEY
BASE_URL = env("TSDESK_BASE_URL", default="http://127.0.0.1:8000").rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


_base = urlsplit(BASE_URL)
ON_LOOPBACK = _is_loopback(_base.hostname or "")
HTTPS = env.bool("TSDESK_HTTPS", default=not (DEMO or ON_LOOPBACK))
# True only behind a proxy that overwrites X-Forwarded-Proto and X-Forwarded-For; otherwise anybody could set them.
TRUST_PROXY = env.bool("TSDESK_TRUST_PROXY", default=False)
ALLOWED_HOSTS = env.list("TSDESK_ALLOWED_HOSTS", default=[_base.hostname or "localhost"])
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# --- The auditor ----------------------------------------------------------------------------------------------------

ALARM_URL = env("TSDESK_ALARM_URL", default="")
HEARTBEAT_URL = env("TSDESK_HEARTBEAT_URL", default="")

# --- Apps and requests ----------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "template_partials.apps.SimpleAppConfig",
    "foundation.audit",
    "foundation.accounts",
    "foundation.workflow",
    "foundation.sla",
    "foundation.notifications",
    "foundation.escalation",
    "people",
    "cases",
    "tsdesk",
]

MIDDLEWARE = [
    "tsdesk.middleware.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "tsdesk.middleware.NothingKeptMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "tsdesk.middleware.BodyBoundMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "foundation.accounts.middleware.ReaderMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "tsdesk.middleware.NothingToReadMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "foundation.accounts.middleware.DeclaredAccessMiddleware",
    "foundation.accounts.middleware.SecondFactorMiddleware",
    "foundation.accounts.middleware.RateLimitHeadersMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "tsdesk.urls"
WSGI_APPLICATION = "tsdesk.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

_template_loaders: list[Any] = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
if not DEBUG:
    _template_loaders = [("django.template.loaders.cached.Loader", _template_loaders)]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "tsdesk.screen.context.screen",
                "tsdesk.demo.signing_in.demo_accounts",
                "cases.views.rail.rail",
                "foundation.accounts.views.warned.settings_warnings",
            ],
            "loaders": [("template_partials.loader.Loader", _template_loaders)],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]

# Bounds on what one request may bring. Evidence has its own, larger bound where files are taken in.
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 100
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
EVIDENCE_MAX_BYTES = env.int("TSDESK_EVIDENCE_MAX_BYTES", default=200_000_000)

# --- Database -------------------------------------------------------------------------------------------------------

# The runtime role owns no table and may only insert into and read the trail. Commands that change the schema
# (see manage.py) connect as the owner, where one is given.
_runtime_url = env("DATABASE_URL", default="")
_owner_url = env("TSDESK_OWNER_DATABASE_URL", default="")
AS_OWNER = env("TSDESK_DATABASE_ROLE", default="runtime") == "owner" and bool(_owner_url)
DATABASE_ROLES_APART = bool(_owner_url) and urlsplit(_owner_url).username != urlsplit(_runtime_url).username
RUNTIME_ROLE = urlsplit(_runtime_url).username or ""

DATABASES = {"default": Env.db_url_config(_owner_url if AS_OWNER else _runtime_url)}
DATABASES["default"].update(
    CONN_MAX_AGE=60,
    CONN_HEALTH_CHECKS=True,
    OPTIONS={
        **DATABASES["default"].get("OPTIONS", {}),
        "connect_timeout": 5,
        # Milliseconds. Migrations run as long as they must; a page or a task never does.
        "options": ""
        if AS_OWNER
        else "-c statement_timeout=15000 -c lock_timeout=10000 -c idle_in_transaction_session_timeout=60000",
    },
)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache and sessions ---------------------------------------------------------------------------------------------

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "tsdesk.cache.LossyCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "tsdesk",
        "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
    },
    # Counts failed sign-ins and API calls: these must hold when Valkey is down, so they live in PostgreSQL.
    "throttle": {
        "BACKEND": "foundation.accounts.counting.CountingCache",
        "LOCATION": "throttle_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
}
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_NAME = "tsdesk_session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "tsdesk_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "tsdesk.screen.refusals.form_refused"

# --- Sign-in --------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
if UNDER_TEST:
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"

ACCOUNT_ADAPTER = "foundation.accounts.adapter.StaffAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# django-axes counts instead, in the database: allauth's own limits are lost with the cache.
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "foundation.accounts.adapter.StaffMFAAdapter"
MFA_FORMS = {
    "authenticate": "foundation.accounts.code_forms.SignInCodeForm",
    "reauthenticate": "foundation.accounts.code_forms.StepUpCodeForm",
}
# An admin wrote the address down; there is no sign-up that would have to verify it.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "tsdesk"

AXES_HANDLER = "axes.handlers.cache.AxesCacheHandler"
AXES_CACHE = "throttle"
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "foundation.accounts.sign_in.attempted_email"
AXES_CLIENT_IP_CALLABLE = "foundation.accounts.addresses.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "account/locked.html"
AXES_ENABLE_ADMIN = False
AXES_ENABLE_ACCESS_FAILURE_LOG = False
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False

# --- Web security ---------------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Language and time ----------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish")), ("pt", _("Portuguese"))]
LOCALE_PATHS = [ROOT / "locale"]
LANGUAGE_COOKIE_NAME = "tsdesk_language"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files ----------------------------------------------------------------------------------------------------------


def evidence_storage(url: str) -> dict[str, Any]:
    """A storage from `file:///DIRECTORY` or `s3://BUCKET[/PREFIX][?endpoint_url=...&region_name=...]`.

    `addressing_style=virtual` is for a storage that knows its buckets by host names alone. The credentials of S3 come
    from the usual AWS_* variables, never from the URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        # Comes from afar: only who stores there waits for it.
        from botocore.config import Config

        told = dict(parse_qsl(parts.query))
        options: dict[str, Any] = {
            "bucket_name": parts.netloc,
            "location": parts.path.strip("/"),
            "default_acl": None,
            "file_overwrite": False,
            "querystring_auth": True,
            "client_config": Config(
                # Seconds. Somebody waits in front of a page; a storage that is away is not waited for long.
                connect_timeout=3,
                read_timeout=10,
                retries={"mode": "standard", "total_max_attempts": 2},
                signature_version="s3v4",
                # The storage does not look at its own options of this kind once it is given these.
                s3={"addressing_style": told.pop("addressing_style", "auto")},
                # Others that speak S3 know no checksums behind the body; ours is taken at intake.
                request_checksum_calculation="when_required",
                response_checksum_validation="when_required",
            ),
            **told,
        }
        return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": parts.path, "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    }


STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = Path(env("TSDESK_STATIC_ROOT", default=str(STATE / "static")))
WHITENOISE_USE_FINDERS = DEBUG or UNDER_TEST
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": evidence_storage(f"file://{STATE / 'files'}"),
    "evidence": evidence_storage(env("TSDESK_EVIDENCE_STORAGE", default=f"file://{STATE / 'evidence'}")),
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or UNDER_TEST
        else "tsdesk.screen.storage.ScreenStorage"
    },
}

# --- Mail -----------------------------------------------------------------------------------------------------------

MAIL_DIRECTORY = STATE / "mail"
DEFAULT_FROM_EMAIL = env("TSDESK_MAIL_FROM", default=f"tsdesk@{_base.hostname}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = 10
if env("EMAIL_URL", default=""):
    vars().update(env.email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "tsdesk.mail.EmlBackend"

# --- Phones and chat ------------------------------------------------------------------------------------------------

# https://ACCOUNT:TOKEN@api.twilio.com/?from=+13035550100, or anything else that speaks as Twilio does.
SMS_URL = env("TSDESK_SMS_URL", default="")
# A desk from which no mail leaves either writes what would go by SMS, phone or chat as files beside the mail. On any
# other a file would be silence: there mail carries what has no provider.
MESSAGES_AS_FILES = not env("EMAIL_URL", default="")
# For tests and development: a team's webhook may be on this machine. Never on another inside the network.
CHAT_LOOPBACK = env.bool("TSDESK_CHAT_LOOPBACK", default=False)

# --- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "foundation.accounts.api.ApiKeyAuthentication",
        "foundation.accounts.api.StaffSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["foundation.accounts.api.DenyByDefault"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["tsdesk.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "tsdesk.api.pagination.NewestFirst",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["foundation.accounts.throttles.PerKeyThrottle"],
    "DEFAULT_THROTTLE_RATES": {"per_key": "600/min"},
    "EXCEPTION_HANDLER": "tsdesk.api.problems.problem_response",
    "UNAUTHENTICATED_USER": None,
    "PAGE_SIZE": 50,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "tsdesk",
    "DESCRIPTION": "Report incidents, follow their cases, and record what was said to whom.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["foundation.accounts.api.DenyByDefault"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "OAS_VERSION": "3.1.0",
    "ENUM_NAME_OVERRIDES": {
        "CaseState": "cases.workflow.CaseState",
        "ClockReadingState": "cases.clock_readings.STATES",
        "ReportChannel": "cases.models.case.Channel",
        "ContactChannel": "cases.models.contacts.ContactChannel",
        "Harm": "cases.models.incident.Harm",
    },
}

# --- Celery ---------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    # Seconds and turns: a task that a killed worker held is given out again within about five seconds of its timeout.
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "global_keyprefix": "tsdesk:",
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "tsdesk.beat.PulsingScheduler"


def _every(seconds: int, task: str) -> dict[str, Any]:
    # A hint that nobody took before the next one is due is worth nothing: it expires.
    return {"task": task, "schedule": schedule(seconds), "options": {"expires": seconds}}


# PostgreSQL is the clock; these only make it prompt. What a sweep finds due is decided where the sweep lives.
CELERY_BEAT_SCHEDULE = {
    "sweep-clocks": _every(5, "cases.tasks.sweep_clocks"),
    "sweep-escalations": _every(5, "foundation.escalation.tasks.sweep_escalations"),
    "sweep-gaps": _every(60, "foundation.escalation.tasks.sweep_gaps"),
    "sweep-outbox": _every(5, "foundation.notifications.tasks.sweep_outbox"),
    "seal-trail": _every(10, "foundation.audit.tasks.seal_trail"),
    "seal-trail-whole": _every(3600, "foundation.audit.tasks.seal_trail") | {"kwargs": {"whole": True}},
    "sweep-cases": _every(60, "cases.tasks.sweep_cases"),
    "sweep-workload": _every(60, "cases.tasks.sweep_workload"),
    "forget-answers": _every(3600, "foundation.accounts.tasks.forget_old_answers"),
}

# --- Logs -----------------------------------------------------------------------------------------------------------

LOG_LEVEL = env("TSDESK_LOG_LEVEL", default="INFO")
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_USER_ID_FIELD = "pk"
LOGGING_CONFIG = "tsdesk.logs.configure"
LOGGING = {"level": LOG_LEVEL}

SILENCED_SYSTEM_CHECKS: list[str] = []
