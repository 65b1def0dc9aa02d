from django.apps import AppConfig


class EscalationConfig(AppConfig):
    name = "foundation.escalation"
    label = "escalation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.escalation import events, notices, warnings  # noqa: F401
        from foundation.escalation.gates import may_call
        from foundation.escalation.operations.calling import GATE
        from foundation.notifications import gates

        gates.register(GATE, may_call)
