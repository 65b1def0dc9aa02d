"""The schema of the API and its page: they tell what can be called, nothing of what is stored, so anybody may read them."""

from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from foundation.accounts.guards import PUBLIC


class Schema(SpectacularAPIView):
    permissions = {"GET": PUBLIC}


class Docs(SpectacularSwaggerSplitView):
    permissions = {"GET": PUBLIC}
    # The library's own page carries a style element, which our content security policy refuses.
    template_name = "api/docs.html"
