from django.urls import path

from foundation.escalation.views import calls

app_name = "escalation"
urlpatterns = [
    path("escalations/", calls.calls, name="list"),
    path("escalations/<int:pk>/acknowledge/", calls.acknowledge, name="acknowledge"),
]
