# A site that has a theme keeps it.
cd /openedx/edx-platform
python manage.py lms shell -c "
from django.contrib.sites.models import Site

for host in ('@lms_host@', '@cms_host@'):
    site, _ = Site.objects.get_or_create(domain=host, defaults=dict(name=host[:50]))
    if not site.themes.exists():
        site.themes.create(theme_dir_name='indigo')
"
