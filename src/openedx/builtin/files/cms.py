"""Settings of Studio, written by edxaws."""
from cms.envs.production import *

@common@

# ---- Studio
ALLOWED_HOSTS = ["@cms_host@", "cms"]
STUDIO_NAME = "Studio"
LMS_BASE = "@lms_host@"
LOGIN_URL = "/login/"
SOCIAL_AUTH_EDX_OAUTH2_KEY = "cms-sso"
SOCIAL_AUTH_EDX_OAUTH2_SECRET = "@cms_oauth2_secret@"
SOCIAL_AUTH_EDX_OAUTH2_URL_ROOT = "http://lms:8000"
SOCIAL_AUTH_EDX_OAUTH2_PUBLIC_URL_ROOT = "https://@lms_host@"
SOCIAL_AUTH_REDIRECT_IS_HTTPS = True
SESSION_COOKIE_NAME = "studio_session_id"
FRONTEND_LOGIN_URL = LOGIN_URL
FRONTEND_LOGOUT_URL = "/logout/"
FRONTEND_REGISTER_URL = "https://@lms_host@/register"
COURSE_AUTHORING_MICROFRONTEND_URL = "https://@mfe_host@/authoring"
LOGIN_REDIRECT_WHITELIST = ["@lms_host@", "@mfe_host@"]
MAX_ASSET_UPLOAD_FILE_SIZE_IN_MB = 100
CACHES["staticfiles"] = {
    "KEY_PREFIX": "staticfiles_cms",
    "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
    "LOCATION": "staticfiles_cms",
}
