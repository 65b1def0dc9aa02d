"""The few words that leave by SMS, phone and chat: a reference, a severity, where to look. Nothing a record says."""

from collections.abc import Sequence
from typing import Any

from foundation.accounts.models import User
from foundation.notifications import notices, subjects
from foundation.notifications.rendering import Readable, absolute, actor_names, line, reading_as, words

MOST_NAMED = 5
"""References named in one SMS; the rest is a count."""


def sms_text(told: Sequence[Readable], reader: User) -> str:
    """In the reader's language. A notice with a template ``.short.txt`` has words of its own, where it goes alone."""
    with reading_as(reader):
        notice = notices.by_code(told[0].message.notice)
        if notice.has_short_words and len(told) == 1 and told[0].record is not None:
            return line(f"{notice.template}.short.txt", _own(told[0]))
        return line("notifications/short.txt", _facts(told))


def chat_text(told: Sequence[Readable], reader: User) -> str:
    """In the reader's language, naming her: she is not the only one who reads it."""
    with reading_as(reader):
        return _for_chat(f"{reader.name}: {sms_text(told, reader)}")


def spoken(told: Sequence[Readable], reader: User, *, takes_key: bool) -> str:
    """In the reader's language, made for the ear: references letter by letter, no links."""
    with reading_as(reader):
        facts = _facts(told)
        names = [" ".join(name.replace("-", "")) for name in facts["names"]]
        return line("notifications/spoken.txt", facts | {"names": names, "takes_key": takes_key})


def _facts(told: Sequence[Readable]) -> dict[str, Any]:
    names = list(dict.fromkeys(name for one in told if (name := _label(one))))
    severities = [int(one.message.context["severity"]) for one in told if "severity" in one.message.context]
    return {
        "names": names[:MOST_NAMED],
        "more": max(len(names) - MOST_NAMED, 0),
        "severity": min(severities, default=None),
        "is_call": any(one.message.gate_kind for one in told),
        "link": _link(told),
    }


def _own(one: Readable) -> dict[str, Any]:
    return words(one.message, one.record, actor_names([one.message]))


def _label(one: Readable) -> str:
    kind = subjects.kind_of(one.message.subject)
    return kind.label(one.record) if kind is not None and kind.named_in_mail and one.record is not None else ""


def _link(told: Sequence[Readable]) -> str:
    """Where to answer, where that is; else the record's page; the desk's own for several and for one that she may not see."""
    seen = [_own(one) for one in told if one.record is not None]
    answers = [facts["answer_link"] for facts in seen if "answer_link" in facts]
    pages = [facts["link"] for facts in seen] if len(told) == 1 else []
    return str(next(iter([*answers, *pages]), absolute("/")))


def _for_chat(text: str) -> str:
    """Nothing in a name may call a whole channel or draw a link: the three characters that Slack's own words begin with."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
