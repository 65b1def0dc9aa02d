"""A canary in every protected field: whoever calls whatever, only what the rule gives her may sing.

The rule stands in oracle.py a second time. Each reader stands to the cases of every level in every way there is, and
calls every endpoint of the URLconf; every answer is searched for tokens and for references. A case that she does not
see answers exactly as one that does not exist.
"""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings
from django.utils import timezone

from cases import notices
from cases.assignment import CAPACITY, WEIGHTS
from cases.models import AssignmentRule, AssignmentRuleVersion, Case, CaseGrant, Conflict, GrantKind, Party
from cases.operations.access import break_glass, share_case, shut_out
from cases.operations.levels import open_here
from cases.queue import view_counts
from foundation.accounts.models import Integration, Membership, Route, Team, User
from foundation.accounts.operations import create_api_key
from foundation.accounts.permissions import Role
from foundation.accounts.throttles import PerKeyThrottle
from foundation.audit.actors import SYSTEM
from foundation.notifications.models import InboxItem, OutboxMessage
from foundation.notifications.rendering import compose, readable
from foundation.workflow.moves import MoveRefused
from tests.canary import oracle
from tests.canary.calls import JSON, Call, crossings, known_by, of_the_desk, readings, visits, writings
from tests.canary.oracle import INTEGRATIONS, SITUATIONS, STAFF, TO_OTHERS, TO_OWN, WRITTEN, Reader, Situation
from tests.canary.world import ABOUT_STAFF, LEVELS, Secret, World, fill
from tests.house.endpoints import endpoints

pytestmark = pytest.mark.django_db

ENDPOINTS = endpoints()
NO_CASE = "TS-99999999"
LISTS = (
    ("cases:queue", "/?q="),
    ("cases:queue", "/?q=is%3Aopen&part=rows"),
    ("cases:queue", "/?q=owner%3Aoff-shift"),
    ("cases:workload", "/workload/"),
    ("cases:handing_over", "/hand-over/"),
    ("people:list", "/people/?q=zq"),
    ("palette", "/palette/?q=TS"),
    ("palette", "/palette/?q=Ann"),
    ("notifications:inbox", "/notifications/"),
    ("escalation:list", "/escalations/"),
)
"""Pages that list or count cases: read in every situation; the rest of the desk once."""

GUARDED_BY = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
"""What every answer carries."""

CHANGES_WITH_EVERY_CALL = re.compile(r'\b[A-Za-z0-9]{60,64}\b|data-now="[^"]+"|nonce="[^"]+"')


class Round:
    """One reader in one situation: what she may find, and what she found that she may not."""

    def __init__(self, world: World, reader: Reader, user: User | None, client: Client) -> None:
        self.world, self.reader, self.user, self.client = world, reader, user, client
        self.situation: Situation = "untouched"
        self.wrong: list[str] = []
        self._cookies = client.cookies.copy()

    def sees(self, name: str) -> bool:
        side, level = re.fullmatch(r"(\D+)(\d)", name).groups()  # type: ignore[union-attr]
        touched = (side == "other" and self.situation in TO_OTHERS) or (side == "own" and self.situation in TO_OWN)
        return oracle.sees(
            self.reader,
            own=side != "other",
            level=int(level) if side in ("own", "other") else 1,
            situation=self.situation if touched else "untouched",
            about_staff=side in ("own", "other") and int(level) == ABOUT_STAFF,
        )

    @property
    def visible(self) -> set[str]:
        return {name for name in self.world.cases if self.sees(name)}

    def may_know(self, secret: Secret, endpoint: str) -> bool:
        """Whether a token may stand in what this endpoint answers. What was merged is read where it went, too."""
        if secret.kind == "private" or (secret.kind == "bytes" and endpoint != "cases:evidence_file"):
            return False
        if self.reader in INTEGRATIONS:
            return self.sees(secret.case) and secret.kind in WRITTEN
        for name in {secret.case, secret.case.replace("gone", "other")}:
            is_hers = self.situation == "assigned" and name.startswith("other")
            if self.sees(name) and oracle.holds(self.reader, secret.compartment, assigned=is_hers):
                return True
        return False

    def look_into(self, text: str, endpoint: str, *, asked: str = "") -> None:
        """Search an answer. ``asked`` is what the call itself said, which an answer may repeat."""
        known = self.world.found_in(asked)
        for number, secret in self.world.found_in(text).items():
            if number not in known and not self.may_know(secret, endpoint):
                self.note(f"{endpoint} tells {secret} ({_around(text, str(number))})")
        for name in self.world.named_in(text) - self.world.named_in(asked):
            if not self.sees(name):
                self.note(f"{endpoint} names {name} ({_around(text, self.world.cases[name].reference)})")

    def note(self, sentence: str) -> None:
        line = f"{self.reader}, {self.situation}: {sentence}"
        if line not in self.wrong:
            self.wrong.append(line)

    def call(self, call: Call, *, keep: bool = False, **headers: str) -> tuple[int, str]:
        """The status and all the text of an answer, looked into. What the call changed is undone unless it is kept."""
        with undone() if not keep else nullcontext():
            if call.body is None:
                response = self.client.get(call.path, headers=headers)
            elif call.is_api:
                response = self.client.post(call.path, call.body, content_type=JSON, headers=headers)
            else:
                response = self.client.post(call.path, call.body, headers=headers)
            body = b"".join(response) if response.streaming else response.content
        # A message for the next page waits in a cookie; the next page here is another world's.
        self.client.cookies = self._cookies.copy()
        text = "\n".join([*(f"{name}: {value}" for name, value in response.items()), body.decode(errors="replace")])
        if response.status_code >= 500:
            self.note(f"{call.endpoint} answered {response.status_code}")
        lacking = [name for name, says in GUARDED_BY.items() if says not in response.headers.get(name, "")]
        if lacking:
            self.note(f"{call.endpoint} is answered without {', '.join(lacking)}")
        if not response.headers.get("Location", "/").startswith(("/", "http://testserver/")):
            self.note(f"{call.endpoint} leads away to {response.headers['Location']}")
        self.look_into(text, call.endpoint, asked=f"{call.path} {call.body}")
        return response.status_code, text


def _around(text: str, found: str) -> str:
    at = max(text.find(found), 0)
    return " ".join(text[max(at - 60, 0) : at + 40].split())


@contextmanager
def undone() -> Iterator[None]:
    """Undo what happens inside. Like the transaction of a test it lets durable ones through."""
    inside: Any = transaction.atomic()
    inside._from_testcase = True
    with inside:
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Built once for all readers; each of them leaves it as it was."""
    evidence = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(tmp_path_factory.mktemp("evidence"))},
    }
    with (
        django_db_blocker.unblock(),
        override_settings(
            DEMO=True,
            SESSION_ENGINE="django.contrib.sessions.backends.db",
            STORAGES=settings.STORAGES | {"evidence": evidence},
        ),
        undone(),
    ):
        now = timezone.now()
        with connection.cursor() as cursor:
            # Far from the references that forms and the schema give as examples.
            cursor.execute("SELECT setval('cases_reference', 770000)")
        teams = [Team.objects.create(slug=slug, name=slug, country=slug.upper()) for slug in ("us", "es")]
        Route.objects.bulk_create(Route(team=team, market=team.country) for team in teams)
        for team in teams:
            # On, so that the page of workload names whatever waits without an owner.
            rule = AssignmentRule.objects.create(team=team)
            AssignmentRuleVersion.objects.create(
                rule=rule, number=1, is_on=True, weights=dict(WEIGHTS), capacity=CAPACITY, created_at=now
            )
        yield fill(
            World(
                team=teams[0],
                filler=somebody("Filler", Role.MANAGER),
                colleague=somebody("Colleague", Role.MANAGER),
                bystander=somebody("Bystander", Role.AGENT),
                writer=Integration.objects.create(name="writer", created_at=now),
                now=now,
            )
        )


def somebody(name: str, role: str, **fields: Any) -> User:
    return User.objects.create(
        name=name, email=f"{name.lower()}@example.com", role=role, created_at=timezone.now(), **fields
    )


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch, world: World) -> Iterator[None]:
    """As many calls as it takes; the cache forgets what one reader was told."""
    monkeypatch.setattr(PerKeyThrottle, "rate", "1000000/min", raising=False)
    yield
    cache.clear()


@pytest.fixture
def said() -> Iterator[list[str]]:
    """Every line of the log, as the desk writes it."""
    root, lines = logging.getLogger(), list[str]()
    (stderr,) = [handler for handler in root.handlers if handler.name == "stderr"]
    listener = logging.Handler()
    listener.emit = lambda record: lines.append(stderr.format(record))  # type: ignore[method-assign]
    root.addHandler(listener)
    yield lines
    root.removeHandler(listener)


@pytest.mark.parametrize("reader", STAFF)
def test_a_member_of_staff_finds_only_what_the_rule_gives_her(reader: Reader, world: World, said: list[str]) -> None:
    role = Role.LEAD if reader == "named" else Role(reader)
    user = somebody("Reader", role, named_for_staff_subject=reader == "named")
    Membership.objects.create(user=user, team=world.team)
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    _tell_of_everything(world, user)
    watch = Round(world, reader, user, client)
    for situation in SITUATIONS:
        watch.situation = situation
        cache.clear()
        with undone():
            _bring_about(situation, world, user)
            _find_the_cases(watch)
            _find_the_people(watch)
            _read_the_post(watch)
            if situation in oracle.OPENED[reader]:
                _go_round_the_desk(watch)
                _open_the_cases(watch)
    assert not watch.wrong, "\n".join(watch.wrong)
    assert world.found_in("\n".join(said)) == {}


@pytest.mark.parametrize("reader", INTEGRATIONS)
def test_an_integration_finds_only_the_fields_of_what_it_wrote(reader: Reader, world: World, said: list[str]) -> None:
    _key, secret = create_api_key(integration_name=reader, by=SYSTEM, now=world.now)
    client = Client(raise_request_exception=False, headers={"authorization": f"Bearer {secret}"})
    watch = Round(world, reader, None, client)
    _find_the_cases(watch)
    _go_round_the_desk(watch)
    _open_the_cases(watch)
    assert not watch.wrong, "\n".join(watch.wrong)
    assert world.found_in("\n".join(said)) == {}


def _bring_about(situation: Situation, world: World, user: User) -> None:
    now = timezone.now()
    for level in LEVELS:
        own, other = world.cases[f"own{level}"], world.cases[f"other{level}"]
        match situation:
            case "assigned":
                Case.objects.filter(pk=other.pk).update(assignee=user)
            case "shared":
                _try(partial(share_case, other, to=user, reason="She knows them.", by=world.filler, now=now))
            case "opened":
                open_here(other, user, now=now)
            case "held":
                Case.objects.filter(pk=other.pk).update(legal_hold=True)
                for kind in GrantKind.values:
                    CaseGrant.objects.create(
                        case=other, user=user, kind=kind, ceiling=4, reason="x", granted_at=now - timedelta(hours=2),
                        expires_at=now - timedelta(hours=1),
                    )  # fmt: skip
            case "glass":
                _try(partial(break_glass, own, reason="She is at the door right now.", by=user, now=now))
            case "conflict":
                shut_out(own, user, reason="She is my sister.", by=SYSTEM, now=now)
                Case.objects.filter(pk=own.pk).update(assignee=user, legal_hold=True)
                for kind in GrantKind.values:
                    CaseGrant.objects.create(
                        case=own, user=user, kind=kind, ceiling=4, reason="x", granted_at=now,
                        expires_at=now + timedelta(hours=1),
                    )  # fmt: skip
    assert Conflict.objects.filter(user=user).exists() == (situation == "conflict")


def _try(deed: Callable[[], object]) -> None:
    """What the desk refuses, the oracle refuses too: she then sees nothing more."""
    with suppress(MoveRefused):
        deed()


def _find_the_cases(watch: Round) -> None:
    """Lists, counts and searches hold exactly what she sees."""
    _status, text = watch.call(Call("api:cases", "/api/v1/cases/", is_api=True))
    found, wanted = watch.world.named_in(text), watch.visible
    if found != wanted:
        watch.note(f"the list of cases holds {sorted(found - wanted)} too much and {sorted(wanted - found)} too little")
    if watch.user is not None:
        counted = view_counts(reader=User.objects.get(pk=watch.user.pk), now=timezone.now())["open"]
        is_open = {name for name in wanted if name.startswith(("own", "other"))}
        if counted != len(is_open):
            watch.note(f"the rail counts {counted} open cases and she sees {len(is_open)}")
    if watch.situation in ("untouched", "assigned"):
        for number, secret in watch.world.secrets.items():
            if secret.kind in ("note", "evidence") and secret.case in ("own2", "other2"):
                _look_for(watch, f"zq{number}x", secret)


def _find_the_people(watch: Round) -> None:
    """Whoever a hidden case alone names is found by nothing, and answers as somebody who does not exist."""
    for name in [name for name, _written in _on_the_line(watch) if name.startswith(("own", "other"))]:
        seen = watch.sees(name)
        for party in Party.objects.filter(case=watch.world.cases[name]).select_related("person"):
            for word in known_by(party.person):
                _status, text = watch.call(Call("people:match", f"/people/match/?q={quote(word)}"))
                if (f'data-id="{party.person_id}"' in text) != seen:
                    watch.note(f"people:match finds somebody of {name} by {word}: {not seen}")
                watch.call(Call("palette", f"/palette/?q={quote(word)}"))
        for call, of_nobody in visits(ENDPOINTS, watch.world.cases[name]):
            answer = _without_its_own(call, *watch.call(call))
            if not seen and answer != _without_its_own(of_nobody, *watch.call(of_nobody)):
                watch.note(f"{call.endpoint} tells that somebody of {name} exists: {answer[0]}")


def _look_for(watch: Round, word: str, secret: Secret) -> None:
    """A word finds its case only for whoever may read the word."""
    call = Call("api:cases", f"/api/v1/cases/?q={word}", is_api=True)
    if watch.user is not None and not secret.compartment:
        call = Call("palette", f"/palette/?q={word}")
    _status, text = watch.call(call)
    if secret.case in watch.world.named_in(text) and not watch.may_know(secret, call.endpoint):
        watch.note(f"{call.endpoint} finds {secret}")


def _go_round_the_desk(watch: Round) -> None:
    """Every endpoint that is not about one case."""
    writes = watch.reader in ("agent", "lead", "admin", "writer")
    once = watch.situation == "untouched" and watch.reader != "named"  # to whom it is what it is to any lead
    for call in of_the_desk(ENDPOINTS, {}) if once else ():
        if call.body is None or writes:
            watch.call(call)
    for endpoint, path in LISTS:
        watch.call(Call(endpoint, path), **({"HX-Request": "true"} if "part=" in path else {}))


def _read_the_post(watch: Round) -> None:
    """Every message of the desk as it would be written to her, whoever it was for. Subjects name a case at most."""
    assert watch.user is not None
    user = User.objects.get(pk=watch.user.pk)
    for told in readable(list(OutboxMessage.objects.order_by("pk")), user):
        letter = compose([told], user)
        watch.look_into(f"{letter.title}\n{letter.body}\n{letter.records}", f"mail {told.message.notice}")
        if watch.world.found_in(letter.title):
            watch.note(f"the subject of {told.message.notice} tells {watch.world.found_in(letter.title)}")


def _open_the_cases(watch: Round) -> None:
    """Every endpoint about a case, on both sides of the line between what she sees and what she does not."""
    world, user = watch.world, watch.user.pk if watch.user else 0
    absent: dict[tuple[str, str], tuple[int, str]] = {}
    for name, is_written in _on_the_line(watch):
        seen, case = watch.sees(name), world.cases[name]
        calls = list(readings(ENDPOINTS, case))
        if is_written:
            changes = list(writings(ENDPOINTS, case, other=world.cases["other3"].reference, user=user))
            calls += changes if seen else {call.endpoint: call for call in changes}.values()
        for call in calls:
            if seen:
                watch.call(call)
            else:
                _compare_with_nothing(watch, name, call, absent)
        if seen:
            _look_around(watch, case)
    if watch.situation == "untouched" and watch.user is not None:
        _cross(watch)


def _on_the_line(watch: Round) -> Iterator[tuple[str, bool]]:
    """The cases to open, each with whether to try every change: the highest seen and the lowest hidden of each side."""
    untouched = watch.situation == "untouched"
    sides = ("own", "other") if untouched else ("other" if watch.situation in TO_OTHERS else "own",)
    for side in sides:
        changes = watch.situation in oracle.CHANGED.get(watch.reader, ("untouched",)) and (
            side == "own" or not untouched
        )
        names = [f"{side}{level}" for level in LEVELS]
        seen = [name for name in names if watch.sees(name)]
        hidden = [name for name in names if not watch.sees(name)]
        for name in (*seen[-1:], *hidden[:1]):
            yield name, changes
    if untouched:
        yield from (("gone3", False), ("twin4", watch.reader in ("agent", "writer")))


def _compare_with_nothing(watch: Round, name: str, call: Call, absent: dict[tuple[str, str], tuple[int, str]]) -> None:
    """A hidden case answers as a reference that no case has."""
    reference, key = watch.world.cases[name].reference, (call.endpoint, str(call.body))
    if key not in absent:
        nowhere = call._replace(path=call.path.replace(reference, NO_CASE))
        absent[key] = _without_its_own(nowhere, *watch.call(nowhere))
    answer = _without_its_own(call, *watch.call(call))
    if answer != absent[key]:
        more = next(
            (
                one
                for one, other in zip(answer[1].splitlines(), absent[key][1].splitlines(), strict=False)
                if one != other
            ),
            "",
        )
        watch.note(
            f"{call.endpoint} {call.body} tells that {name} exists: {answer[0]}, not {absent[key][0]} ({more[:200]})"
        )


def _without_its_own(call: Call, status: int, text: str) -> tuple[int, str]:
    """An answer without what differs between any two calls."""
    for path in (call.path, quote(call.path, safe="")):
        text = text.replace(path, "PATH")
    return status, CHANGES_WITH_EVERY_CALL.sub("", text)


def _cross(watch: Round) -> None:
    for name in watch.visible & {"own1", "other1"}:
        for hidden in sorted({"own4", "other3"} - watch.visible):
            for call in crossings(ENDPOINTS, watch.world.cases[name], watch.world.cases[hidden]):
                status, _text = watch.call(call)
                if status not in (403, 404, 405):
                    watch.note(f"{call.endpoint} takes a row of {hidden} for one of {name}: {status}")


def _look_around(watch: Round, case: Case) -> None:
    """The parts of a page that are fetched alone, and a file after it was revealed."""
    for part in ("timeline", "evidence"):
        watch.call(Call("cases:case", f"{case.get_absolute_url()}?part={part}"), **{"HX-Request": "true"})
    for evidence in case.evidence.all() if watch.situation in ("untouched", "assigned") else ():
        with undone():
            path = f"{case.get_absolute_url()}evidence/{evidence.pk}"
            watch.call(Call("cases:evidence_reveal", f"{path}/reveal/", {}), keep=True)
            watch.call(Call("cases:evidence_file", f"{path}/file/"), keep=True)


def _tell_of_everything(world: World, user: User) -> None:
    """Put notices of every kind about every case into the reader's inbox."""
    told = {
        notices.CaseAssignedNotice: {},
        notices.MentionedNotice: {},
        notices.HandOverOfferedNotice: {},
        notices.ClockBreachedNotice: {"metric": "first_response", "breached_at": world.now},
        notices.GlassBrokenNotice: {"broken_until": world.now},
    }
    for name, case in world.cases.items():
        for notice, context in told.items():
            notices.tell(notice, case, [user], key=f"{name}:{notice.code}", by=world.filler, now=world.now, **context)
        for task in case.tasks.all():
            key = f"{name}:task:{task.pk}"
            notices.tell(notices.TaskGivenNotice, case, [user], key=key, by=world.filler, now=world.now, task=task.pk)
    InboxItem.objects.bulk_create(
        InboxItem(message=message, user=user, created_at=world.now)
        for message in OutboxMessage.objects.filter(recipient=user, channel="in_app")
    )
