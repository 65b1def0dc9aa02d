"""Where every page and resource is found; each app lists its own."""

from django.urls import URLPattern, URLResolver, include, path, re_path

from cases.views import queue
from tsdesk.api.nowhere import Nowhere
from tsdesk.api.schema import Docs, Schema

api: list[URLPattern | URLResolver] = [
    path("", include("cases.api.urls")),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", Docs.as_view(url_name="api:schema"), name="docs"),
    re_path("", Nowhere.as_view(), name="nowhere"),
]

handler400 = "tsdesk.screen.refusals.unreadable"

urlpatterns = [
    path("accounts/", include("foundation.accounts.sign_in_urls")),
    path("api/v1/", include((api, "api"))),
    path("", include("tsdesk.screen.urls")),
    path("", include("foundation.accounts.urls")),
    path("", include("foundation.notifications.urls")),
    path("", include("foundation.escalation.urls")),
    path("people/", include("people.urls")),
    path("", include("cases.urls")),
    path("palette/", queue.palette, name="palette"),
]
