from django.urls import path

from cases.views import bulk, queue

app_name = "cases"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("queue/next/", queue.take_next, name="take_next"),
    path("queue/bulk/", bulk.bulk, name="bulk"),
    path("queue/bulk/undo/", bulk.bulk_undo, name="bulk_undo"),
    path("queue/suggest/", queue.suggest, name="suggest"),
    path("views/save/", queue.view_save, name="view_save"),
    path("views/<int:pk>/remove/", queue.view_remove, name="view_remove"),
    path("cases/<slug:reference>/peek/", queue.case_peek, name="peek"),
]
