"""Django's WSGI application, to which the front door passes every request without a native route."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")
application = get_wsgi_application()
