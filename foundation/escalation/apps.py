from django.apps import AppConfig


class EscalationConfig(AppConfig):
    name = "foundation.escalation"
    label = "escalation"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from foundation.escalation import events, notices  # noqa: F401
        from foundation.escalation.by_key import acknowledge_by_key
        from foundation.escalation.gates import may_call
        from foundation.escalation.operations.calling import GATE
        from foundation.notifications import answers, gates

        gates.register(GATE, may_call)
        answers.register(GATE, acknowledge_by_key)
