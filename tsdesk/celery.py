"""The Celery app: started as `celery -A tsdesk.celery worker` and `... beat`. The beat schedule is in the settings."""

import os

from celery import Celery

from tsdesk.sweeper import Sweeper

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tsdesk.settings")

app = Celery("tsdesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
# On the Worker's blueprint, not the Consumer's: the Consumer stops when the broker goes, and this must not.
app.steps["worker"].add(Sweeper)
