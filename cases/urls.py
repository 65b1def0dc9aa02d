from django.urls import path

from cases.views import bulk, case, moves, queue, work

app_name = "cases"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("queue/next/", queue.take_next, name="take_next"),
    path("queue/bulk/", bulk.bulk, name="bulk"),
    path("queue/bulk/undo/", bulk.bulk_undo, name="bulk_undo"),
    path("queue/suggest/", queue.suggest, name="suggest"),
    path("views/save/", queue.view_save, name="view_save"),
    path("views/<int:pk>/remove/", queue.view_remove, name="view_remove"),
    path("drafts/", work.draft, name="draft"),
    path("cases/<slug:reference>/", case.case, name="case"),
    path("cases/<slug:reference>/move/", moves.move, name="move"),
    path("cases/<slug:reference>/hand-over/", moves.hand_over_answer, name="hand_over_answer"),
    path("cases/<slug:reference>/clocks/<int:pk>/reason/", moves.breach_reason, name="breach_reason"),
    path("cases/<slug:reference>/contacts/", work.contact, name="contact"),
    path("cases/<slug:reference>/notes/", work.note, name="note"),
    path("cases/<slug:reference>/tasks/", work.task, name="task"),
    path("cases/<slug:reference>/tasks/<int:pk>/", work.task_done, name="task_done"),
    path("cases/<slug:reference>/checks/<int:pk>/", work.check, name="check"),
    path("cases/<slug:reference>/peek/", queue.case_peek, name="peek"),
]
