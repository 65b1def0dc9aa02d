"""The resources of cases, mounted under /api/v1/."""

from django.urls import path

from cases.api import views, writing

urlpatterns = [
    path("cases/", views.Cases.as_view(), name="cases"),
    path("cases/<slug:reference>/", views.OneCase.as_view(), name="case"),
    path("cases/<slug:reference>/events/", views.Events.as_view(), name="case-events"),
    path("cases/<slug:reference>/clocks/", views.Clocks.as_view(), name="case-clocks"),
    path("cases/<slug:reference>/moves/", writing.Moves.as_view(), name="case-moves"),
    path("cases/<slug:reference>/contacts/", writing.Contacts.as_view(), name="case-contacts"),
    path("cases/<slug:reference>/notes/", writing.Notes.as_view(), name="case-notes"),
    path("cases/<slug:reference>/evidence/", writing.EvidenceFiles.as_view(), name="case-evidence"),
]
