from django.apps import AppConfig


class TsdeskConfig(AppConfig):
    name = "tsdesk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # Tasks find their broker through the current app, in the web process too.
        from tsdesk import celery, checks  # noqa: F401
