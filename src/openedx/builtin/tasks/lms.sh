cd /openedx/edx-platform
python manage.py lms migrate --noinput
python manage.py lms shell -c "import search.meilisearch as engine; engine.create_indexes()"
# Studio signs people in through the LMS.
python manage.py lms manage_user cms cms@openedx --unusable-password
python manage.py lms create_dot_application cms-sso cms \
  --grant-type authorization-code \
  --redirect-uris "https://@cms_host@/complete/edx-oauth2/" \
  --client-id cms-sso \
  --client-secret '@cms_oauth2_secret@' \
  --scopes user_id \
  --skip-authorization \
  --update
if ! python manage.py lms waffle_switch --list | grep -q completion.enable_completion_tracking; then
  python manage.py lms waffle_switch --create completion.enable_completion_tracking on
fi
python manage.py lms load_policies
