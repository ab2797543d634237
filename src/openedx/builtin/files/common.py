# ---- LMS and Studio
import json
import os

from xmodule.modulestore.modulestore_settings import update_module_store_settings

mongodb_parameters = {
    "db": "@mongodb_database@",
    "host": "@mongodb_host@",
    "port": 27017,
    "user": "@mongodb_username@" or None,
    "password": "@mongodb_password@" or None,
    "authsource": "admin",
    "replicaSet": None,
    "ssl": False,
    "connect": False,
}
DOC_STORE_CONFIG = mongodb_parameters
CONTENTSTORE = {
    "ENGINE": "xmodule.contentstore.mongo.MongoContentStore",
    "ADDITIONAL_OPTIONS": {},
    "DOC_STORE_CONFIG": mongodb_parameters,
}
update_module_store_settings(MODULESTORE, doc_store_settings=mongodb_parameters)
DATA_DIR = "/openedx/data/modulestore"
for store in MODULESTORE["default"]["OPTIONS"]["stores"]:
    store["OPTIONS"]["fs_root"] = DATA_DIR

SITE_ID = 2
SEARCH_ENGINE = "search.meilisearch.MeilisearchEngine"
MEILISEARCH_ENABLED = True
MEILISEARCH_URL = "http://meilisearch:7700"
MEILISEARCH_PUBLIC_URL = "https://@search_host@"
MEILISEARCH_INDEX_PREFIX = "tutor_"
MEILISEARCH_MASTER_KEY = "@meilisearch_master_key@"
MEILISEARCH_API_KEY = "@meilisearch_api_key@"


def _cache(prefix, **more):
    backend = "django_redis.cache.RedisCache"
    return dict(more, BACKEND=backend, KEY_PREFIX=prefix, LOCATION="redis://redis:6379/1")


DJANGO_REDIS_IGNORE_EXCEPTIONS = True
CACHES = {
    "default": _cache("default", VERSION="1"),
    "general": _cache("general"),
    "mongo_metadata_inheritance": _cache("mongo_metadata_inheritance", TIMEOUT=300),
    "configuration": _cache("configuration"),
    "celery": _cache("celery", TIMEOUT=2 * 60 * 60),
    "course_structure_cache": _cache("course_structure", TIMEOUT=7 * 24 * 60 * 60),
    "ora2-storage": _cache("ora2-storage"),
}
ORA2_FILEUPLOAD_CACHE_NAME = "ora2-storage"
EVENT_BUS_PRODUCER = "edx_event_bus_redis.create_producer"
EVENT_BUS_CONSUMER = "edx_event_bus_redis.RedisEventConsumer"
EVENT_BUS_REDIS_CONNECTION_URL = "redis://redis:6379/"
EVENT_BUS_TOPIC_PREFIX = "@platform@"

INSTALLED_APPS.remove("lms.djangoapps.coursewarehistoryextended")
DATABASE_ROUTERS.remove(
    "openedx.core.lib.django_courseware_routers.StudentModuleHistoryExtendedRouter"
)

# Everything a pod says goes to its log.
LOGGING["handlers"]["local"] = LOGGING["handlers"]["tracking"] = LOGGING["handlers"]["console"]
LOGGING["loggers"]["tracking"]["handlers"] = ["console"]

for _name in (
    "API_ACCESS_FROM_EMAIL",
    "API_ACCESS_MANAGER_EMAIL",
    "BUGS_EMAIL",
    "BULK_EMAIL_DEFAULT_FROM_EMAIL",
    "DEFAULT_FEEDBACK_EMAIL",
    "DEFAULT_FROM_EMAIL",
    "PAYMENT_SUPPORT_EMAIL",
    "PRESS_EMAIL",
    "SERVER_EMAIL",
    "TECH_SUPPORT_EMAIL",
    "UNIVERSITY_EMAIL",
):
    globals()[_name] = CONTACT_EMAIL
ACE_ENABLED_CHANNELS = ["django_email"]
ACE_CHANNEL_DEFAULT_EMAIL = ACE_CHANNEL_TRANSACTIONAL_EMAIL = "django_email"

# The balancer ends TLS and says so.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_SAMESITE = "None"
X_FRAME_OPTIONS = "SAMEORIGIN"
LANGUAGE_COOKIE_NAME = "openedx-language-preference"

JWT_AUTH.update(
    JWT_ISSUER="https://@lms_host@/oauth2",
    JWT_AUDIENCE="openedx",
    JWT_SECRET_KEY="@secret_key@",
    JWT_ISSUERS=[
        dict(
            ISSUER="https://@lms_host@/oauth2",
            AUDIENCE="openedx",
            SECRET_KEY="@secret_key@",
        )
    ],
    JWT_PRIVATE_SIGNING_JWK=json.dumps(
        dict(
            kid="openedx",
            kty="RSA",
            e="AQAB",
            n="@jwt_n@",
            d="@jwt_d@",
            p="@jwt_p@",
            q="@jwt_q@",
            dp="@jwt_dp@",
            dq="@jwt_dq@",
            qi="@jwt_qi@",
        )
    ),
    JWT_PUBLIC_SIGNING_JWK_SET=json.dumps(
        dict(keys=[dict(kid="openedx", kty="RSA", e="AQAB", n="@jwt_n@")])
    ),
)

ENABLE_CORS_HEADERS = True
CORS_ALLOW_CREDENTIALS = True
CORS_ORIGIN_ALLOW_ALL = CORS_ALLOW_INSECURE = False
CORS_ORIGIN_WHITELIST = ["https://@lms_host@", "https://@cms_host@", "https://@mfe_host@"]
CSRF_TRUSTED_ORIGINS = ["https://@lms_host@", "https://@cms_host@", "https://@mfe_host@"]

# No code of authors runs here.
import codejail.jail_code

CODE_JAIL = {"python_bin": "nonexistingpythonbinary", "user": None}
codejail.jail_code.configure("python", CODE_JAIL["python_bin"], user=None)

MEDIA_ROOT = "/openedx/media/"
ORA2_FILEUPLOAD_ROOT = "/openedx/data/ora2"
for _folder in (DATA_DIR, LOG_DIR, MEDIA_ROOT, STATIC_ROOT, ORA2_FILEUPLOAD_ROOT):
    os.makedirs(_folder, exist_ok=True)
