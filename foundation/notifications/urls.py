from django.conf import settings
from django.urls import path

from foundation.notifications.views import channels, demo_mail, inbox, ledger, phone, preferences, provider

app_name = "notifications"
urlpatterns = [
    path("notifications/", inbox.inbox, name="inbox"),
    path("notifications/unread/", inbox.unread, name="unread"),
    path("notifications/read/", inbox.read, name="read"),
    path("me/notifications/", preferences.preferences, name="preferences"),
    path("me/phone/", phone.give, name="phone"),
    path("me/phone/prove/", phone.prove, name="phone_prove"),
    path("me/phone/remove/", phone.remove, name="phone_remove"),
    path("me/test/", phone.test, name="test_me"),
    path("settings/channels/", channels.channels, name="channels"),
    path("settings/channels/test/", channels.test, name="test"),
    path("settings/channels/<int:pk>/chat/", channels.chat, name="chat"),
    path("settings/deliveries/", ledger.ledger, name="ledger"),
    path("provider/<uuid:message_id>/status/", provider.status, name="provider_status"),
    path("provider/<uuid:message_id>/key/", provider.key, name="provider_key"),
]
if settings.DEMO:
    urlpatterns += [
        path("demo/mail/", demo_mail.mails, name="demo_mail"),
        path("demo/mail/<str:name>/", demo_mail.mail, name="demo_mail_one"),
    ]
