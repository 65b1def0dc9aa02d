from django.urls import path

from foundation.escalation.views import calls, storm

app_name = "escalation"
urlpatterns = [
    path("escalations/storm/", storm.storm, name="storm"),
    path("escalations/storm/fold/", storm.fold, name="storm_fold"),
    path("escalations/", calls.calls, name="list"),
    path("escalations/<int:pk>/acknowledge/", calls.acknowledge, name="acknowledge"),
]
