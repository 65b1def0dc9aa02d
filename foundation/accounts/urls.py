from django.urls import path

from foundation.accounts.views import index, keys, me, staff, teams

app_name = "accounts"
urlpatterns = [
    path("settings/", index.index, name="settings"),
    path("settings/staff/", staff.staff, name="staff"),
    path("settings/staff/new/", staff.staff_new, name="staff_new"),
    path("settings/staff/<int:pk>/", staff.member, name="member"),
    path("settings/staff/<int:pk>/role/", staff.member_role, name="member_role"),
    path("settings/staff/<int:pk>/end/", staff.member_end, name="member_end"),
    path("settings/staff/<int:pk>/give-back/", staff.member_give_back, name="member_give_back"),
    path("settings/staff/<int:pk>/named/", staff.member_named, name="member_named"),
    path("settings/staff/<int:pk>/link/", staff.member_link, name="member_link"),
    path("settings/staff/<int:pk>/skills/", staff.skills, name="skills"),
    path("settings/teams/", teams.teams, name="teams"),
    path("settings/teams/new/", teams.team_new, name="team_new"),
    path("settings/teams/<int:pk>/", teams.team, name="team"),
    path("settings/keys/", keys.keys, name="keys"),
    path("settings/keys/<int:pk>/revoke/", keys.key_revoke, name="key_revoke"),
    path("me/", me.me, name="me"),
    path("me/sessions/end/", me.sessions_end, name="sessions_end"),
]
