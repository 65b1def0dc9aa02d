from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class EscalationConfig(AppConfig):
    name = "foundation.escalation"
    label = "escalation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.accounts import settings_pages
        from foundation.accounts.permissions import Permission
        from foundation.accounts.settings_pages import SettingsPage
        from foundation.escalation import events, notices, warnings  # noqa: F401
        from foundation.escalation.by_key import acknowledge_by_key
        from foundation.escalation.gates import may_call
        from foundation.escalation.operations.calling import GATE
        from foundation.notifications import answers, gates

        gates.register(GATE, may_call)
        settings_pages.register(
            SettingsPage(
                "escalation:schedules",
                _("Shifts"),
                _("Who is on shift when: rotations, their order and hand-over, and the hours to be covered."),
                "phone",
                Permission.SHIFT_EDIT,
            )
        )
        answers.register(GATE, acknowledge_by_key)
