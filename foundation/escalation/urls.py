from django.urls import path

from foundation.escalation.views import calls, on_call, schedules, storm

app_name = "escalation"
urlpatterns = [
    path("escalations/storm/", storm.storm, name="storm"),
    path("escalations/storm/fold/", storm.fold, name="storm_fold"),
    path("escalations/", calls.calls, name="list"),
    path("escalations/<int:pk>/acknowledge/", calls.acknowledge, name="acknowledge"),
    path("on-call/", on_call.on_call, name="on_call"),
    path("on-call/<int:pk>/override/", on_call.override, name="override"),
    path("on-call/overrides/<int:pk>/take-back/", on_call.override_take_back, name="override_take_back"),
    path("on-call/<int:pk>/swap/", on_call.swap, name="swap"),
    path("on-call/swaps/<int:pk>/answer/", on_call.swap_answer, name="swap_answer"),
    path("on-call/<int:pk>/note/", on_call.note, name="shift_note"),
    path("on-call/notes/<int:pk>/read/", on_call.note_read, name="shift_note_read"),
    path("settings/schedules/", schedules.schedules, name="schedules"),
    path("settings/schedules/new/", schedules.schedule_new, name="schedule_new"),
    path("settings/schedules/<int:pk>/", schedules.schedule, name="schedule"),
    path("settings/schedules/<int:pk>/rotations/new/", schedules.rotation_new, name="rotation_new"),
    path("settings/schedules/<int:pk>/shifts/", schedules.shift_add, name="shift_add"),
    path("settings/schedules/rotations/<int:pk>/", schedules.rotation, name="rotation"),
    path("settings/schedules/rotations/<int:pk>/end/", schedules.rotation_end, name="rotation_end"),
    path("settings/schedules/shifts/<int:pk>/end/", schedules.shift_end, name="shift_end"),
]
