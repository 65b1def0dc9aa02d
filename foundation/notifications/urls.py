from django.conf import settings
from django.urls import path

from foundation.notifications.views import demo_mail, inbox, preferences

app_name = "notifications"
urlpatterns = [
    path("notifications/", inbox.inbox, name="inbox"),
    path("notifications/unread/", inbox.unread, name="unread"),
    path("notifications/read/", inbox.read, name="read"),
    path("me/notifications/", preferences.preferences, name="preferences"),
]
if settings.DEMO:
    urlpatterns += [
        path("demo/mail/", demo_mail.mails, name="demo_mail"),
        path("demo/mail/<str:name>/", demo_mail.mail, name="demo_mail_one"),
    ]
