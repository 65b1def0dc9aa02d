"""What the trail keeps of the demo."""

from django.utils.translation import gettext_lazy as _

from foundation.audit.events import define

DEMO_LOADED = define("demo.loaded", _("{actor} loaded the demo"), on_timeline=False)
