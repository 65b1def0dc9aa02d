"""A form that is too large is refused before it is read."""

import io

import pytest
from django.conf import settings


class Unread(io.RawIOBase):
    """A body of five gigabytes that nobody has looked into."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("the body was read")


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["5000000000", str(settings.EVIDENCE_MAX_BYTES + 1_000_001), "many", "-1"])
def test_nothing_of_it_is_read(client, agent, length):
    client.force_login(agent)
    answer = client.generic(
        "POST",
        "/cases/TS-1/evidence/",
        content_type="multipart/form-data; boundary=x",
        **{"wsgi.input": Unread(), "CONTENT_LENGTH": length},
    )
    assert answer.status_code == 413
    assert "200 MB at most" in answer.content.decode()
