from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    name = "foundation.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.accounts import settings_pages
        from foundation.notifications import deliveries, events, warnings  # noqa: F401
        from foundation.notifications.channels import twilio
        from foundation.notifications.pages import SETTINGS

        # A desk whose account cannot be read does not start, instead of failing at the first call.
        twilio.account()
        for page in SETTINGS:
            settings_pages.register(page)
