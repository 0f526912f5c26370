"""Django's own handler: everything that the front door does not answer itself."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "memfog.settings")
application = get_wsgi_application()
