"""By which ways the desk reaches people: the provider, each team's chat, and a test of each."""

from datetime import timedelta

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import Team
from foundation.accounts.permissions import Permission
from foundation.accounts.settings_pages import pages_for
from foundation.notifications.deliveries import ChannelTestNotice
from foundation.notifications.forms import ChatForm, TestForm
from foundation.notifications.ledger import people_of, read_tests
from foundation.notifications.operations import connect_chat, disconnect_chat, send_test
from foundation.notifications.ways import ways_out

TESTS_SHOWN = 10
SHOWN_FOR = timedelta(hours=1)
MOST_TEAMS = 200


@require_safe
@requires(Permission.TEAM_EDIT)
def channels(request: StaffRequest) -> HttpResponse:
    """Each way with how it stands; polled as the fragment ``outcomes``."""
    return _page(request)


@require_POST
@requires(Permission.TEAM_EDIT)
def test(request: StaffRequest) -> HttpResponse:
    """A test by one way to one person."""
    form = TestForm(request.POST, people=people_of(request.user))
    if form.is_valid():
        to = form.cleaned_data["person"]
        try:
            send_test(form.cleaned_data["channel"], to=to, by=request.user, now=timezone.now())
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            messages.success(request, _("The test to %(name)s is on its way.") % {"name": to.name})
            return redirect("notifications:channels")
    return _page(request, test_form=form)


@require_POST
@requires(Permission.TEAM_EDIT)
def chat(request: StaffRequest, pk: int) -> HttpResponse:
    """A team's webhook, or a test of it."""
    team = get_object_or_404(Team, pk=pk)
    now = timezone.now()
    form = ChatForm(request.POST, prefix=f"team-{pk}")
    try:
        if "test" in request.POST:
            send_test("chat", to=request.user, by=request.user, now=now, team=team)
            messages.success(request, _("The test to the chat of %(team)s is on its way.") % {"team": team.name})
        elif "remove" in request.POST:
            disconnect_chat(team, by=request.user, now=now)
            messages.success(request, _("%(team)s has no chat any more.") % {"team": team.name})
        elif form.is_valid():
            connect_chat(team, form.cleaned_data["url"], by=request.user, now=now)
            messages.success(request, _("The chat of %(team)s is connected. Send a test.") % {"team": team.name})
        if not form.errors:
            return redirect("notifications:channels")
    except ValidationError as refused:
        form.add_error("url", refused)
    return _page(request, refused_chat=(pk, form))


def _page(
    request: StaffRequest, *, test_form: TestForm | None = None, refused_chat: tuple[int, ChatForm] | None = None
) -> HttpResponse:
    now = timezone.now()
    refused = dict([refused_chat]) if refused_chat else {}
    teams = Team.objects.filter(is_active=True).select_related("chat_hook").order_by("name")[:MOST_TEAMS]
    context = {
        "settings_pages": pages_for(request.user),
        "ways": ways_out(),
        "chats": [
            (team, getattr(team, "chat_hook", None), refused.get(team.pk) or ChatForm(prefix=f"team-{team.pk}"))
            for team in teams
        ],
        "form": test_form or TestForm(people=people_of(request.user), initial={"person": request.user.pk}),
        "tests": read_tests(request.user, ChannelTestNotice.code, since=now - SHOWN_FOR, limit=TESTS_SHOWN),
        "now": now,
    }
    wrong = refused_chat is not None or (test_form is not None and bool(test_form.errors))
    fragment = "#outcomes" if request.headers.get("HX-Request") == "true" and request.method == "GET" else ""
    return render(request, f"notifications/channels.html{fragment}", context, status=422 if wrong else 200)
