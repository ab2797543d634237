cd /openedx/edx-platform
python manage.py cms migrate --noinput
python manage.py cms reindex_studio
python manage.py cms reindex_course --active
python manage.py cms load_policies
