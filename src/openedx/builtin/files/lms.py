"""Settings of the LMS, written by edxaws."""
from lms.envs.production import *

@common@

# ---- LMS
ALLOWED_HOSTS = ["@lms_host@", "lms"]
LOGIN_REDIRECT_WHITELIST = ["@cms_host@", "@mfe_host@"]
IDA_LOGOUT_URI_LIST.append("https://@cms_host@/logout/")
OAUTH_ENFORCE_SECURE = False
COURSE_CATALOG_VISIBILITY_PERMISSION = "see_in_catalog"
COURSE_ABOUT_VISIBILITY_PERMISSION = "see_about_page"
SEARCH_SKIP_ENROLLMENT_START_DATE_FILTERING = True
ENABLE_COURSE_DISCOVERY = ENABLE_COURSEWARE_SEARCH = ENABLE_DASHBOARD_SEARCH = True
BULK_EMAIL_SEND_USING_EDX_ACE = True
CACHES["staticfiles"] = {
    "KEY_PREFIX": "staticfiles_lms",
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "staticfiles_lms",
}

# ---- micro-frontends
_mfe = "https://@mfe_host@"
ENABLE_AUTHN_MICROFRONTEND = ENABLE_MFE_CONFIG_API = True
AUTHN_MICROFRONTEND_URL = _mfe + "/authn"
AUTHN_MICROFRONTEND_DOMAIN = "@mfe_host@/authn"
ACCOUNT_MICROFRONTEND_URL = _mfe + "/account/"
PROFILE_MICROFRONTEND_URL = _mfe + "/profile/u/"
LEARNING_MICROFRONTEND_URL = _mfe + "/learning"
LEARNER_HOME_MICROFRONTEND_URL = _mfe + "/learner-dashboard/"
WRITABLE_GRADEBOOK_URL = _mfe + "/gradebook"
ORA_GRADING_MICROFRONTEND_URL = _mfe + "/ora-grading"
DISCUSSIONS_MICROFRONTEND_URL = _mfe + "/discussions"
COMMUNICATIONS_MICROFRONTEND_URL = _mfe + "/communications"
COURSE_AUTHORING_MICROFRONTEND_URL = _mfe + "/authoring"
SHARED_COOKIE_DOMAIN = "@lms_host@"
LOGIN_REDIRECT_WHITELIST.append("@lms_host@")
MFE_CONFIG = dict(
    BASE_URL="@mfe_host@",
    SITE_NAME="@platform_name@",
    LMS_BASE_URL="https://@lms_host@",
    STUDIO_BASE_URL="https://@cms_host@",
    MARKETING_SITE_BASE_URL="https://@lms_host@",
    LOGIN_URL="https://@lms_host@/login",
    LOGOUT_URL="https://@lms_host@/logout",
    REFRESH_ACCESS_TOKEN_ENDPOINT="https://@lms_host@/login_refresh",
    FAVICON_URL="https://@lms_host@/favicon.ico",
    LOGO_URL="https://@lms_host@/theming/asset/images/logo.png",
    LOGO_WHITE_URL="https://@lms_host@/theming/asset/images/logo.png",
    LOGO_TRADEMARK_URL="https://@lms_host@/theming/asset/images/logo.png",
    ACCESS_TOKEN_COOKIE_NAME="edx-jwt-cookie-header-payload",
    USER_INFO_COOKIE_NAME="user-info",
    LANGUAGE_PREFERENCE_COOKIE_NAME=LANGUAGE_COOKIE_NAME,
    CSRF_TOKEN_API_PATH="/csrf/api/v1/token",
    CREDENTIALS_BASE_URL="",
    DISCOVERY_API_BASE_URL="",
    INFO_EMAIL=CONTACT_EMAIL,
    ACCOUNT_SETTINGS_URL=ACCOUNT_MICROFRONTEND_URL,
    COURSE_AUTHORING_MICROFRONTEND_URL=COURSE_AUTHORING_MICROFRONTEND_URL,
    MEILISEARCH_ENABLED="true",
)
