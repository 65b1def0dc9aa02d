"""The Celery app: started as `celery -A tsdesk.celery worker` and `... beat`. The beat schedule is in the settings."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsdesk.settings")

app = Celery("tsdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# On the Worker's blueprint, not the Consumer's: the Consumer stops when the broker goes, and this must not.
# Named, not imported: it needs models, which are there only once the worker starts.
app.steps["worker"].add("tsdesk.sweeper:Sweeper")
