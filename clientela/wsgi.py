"""Where a web server begins."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clientela.settings")

application = get_wsgi_application()

from clientela.network import tenancy  # noqa: E402  models are importable only from here on

tenancy.require_plain_role()
