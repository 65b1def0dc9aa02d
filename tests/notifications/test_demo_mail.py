from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from parcels import Tell

from foundation.accounts.models import User
from foundation.notifications.demo_mail import mail_to, mails_to
from foundation.notifications.models import Channel
from foundation.notifications.operations import send_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def mailboxes(settings: Any, tmp_path: Path) -> Path:
    """Where mail lands without a mail server."""
    settings.EMAIL_BACKEND = "tsdesk.mail.EmlBackend"
    settings.MAIL_DIRECTORY = tmp_path / "mail"
    return tmp_path / "mail"


def test_each_reader_finds_her_own_mail_and_nobody_elses(
    tell: Tell, agent: User, colleague: User, now: datetime, mailboxes: Path
) -> None:
    tell(agent, colleague, channels=[Channel.MAIL])
    send_due(now=now)

    (mail,) = mails_to(agent, mailboxes)

    assert "PC-1" in mail.subject
    assert ("X-Tsdesk-Parcel", "PC-1") in mail.headers
    assert mail_to(agent, mailboxes, mail.name) == mail
    assert mail_to(colleague, mailboxes, mail.name) is None


@pytest.mark.parametrize("name", ["none", "../mail/none", "..", "a/b"])
def test_a_name_that_is_no_mail_of_hers_is_nothing(agent: User, mailboxes: Path, name: str) -> None:
    assert mail_to(agent, mailboxes, name) is None


def test_before_the_first_mail_there_is_none(agent: User, mailboxes: Path) -> None:
    assert mails_to(agent, mailboxes) == []
