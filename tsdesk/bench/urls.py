from django.urls import include, path

from tsdesk.bench import floor

urlpatterns = [
    path("floor/queue/", floor.queue),
    path("floor/case/<int:pk>/", floor.case),
    path("floor/search/<str:word>/", floor.search),
    path("floor/create/", floor.create),
    path("floor/page/<int:size>/", floor.page),
    path("", include("tsdesk.urls")),
]
