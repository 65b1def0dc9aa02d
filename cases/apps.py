from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "cases"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell the lower floors what only this one knows."""
        from cases import person_panel, registrations, warnings  # noqa: F401

        person_panel.register()
        registrations.register()
