from django.db import models


class Heartbeat(models.Model):
    """When a process of the desk last said that it lives. One row a kind of process, however many of it run."""

    name = models.CharField(max_length=32, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
