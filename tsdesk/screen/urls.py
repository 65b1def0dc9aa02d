from django.urls import path

from tsdesk.screen.views import preferences

urlpatterns = [path("screen/", preferences, name="screen_preferences")]
