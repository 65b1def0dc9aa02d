"""Publishing: nobody overwrites a wording she has not seen, the order is explicit, and the same again is nothing."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.audit.models import Entry
from foundation.sla.models import Calendar, Policy
from foundation.sla.operations import (
    NewTarget,
    PolicyRefused,
    create_calendar,
    create_policy,
    order_policies,
    publish_calendar,
    publish_policy,
)
from foundation.workflow.wordings import Overtaken

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
OFFICE = {"tz": "Europe/Madrid", "hours": {"mon": {"09:00": "17:00"}}}


@pytest.fixture
def always(db):
    return Calendar.objects.get(slug="always")


@pytest.fixture
def default(db):
    return Policy.objects.get(slug="default")


@pytest.fixture
def targets(always):
    return [NewTarget("first_response", 3, 1_800, always, warn_percents=(75, 50))]


def test_a_wording_that_was_overtaken_is_not_published(default, targets, lead):
    publish_policy(default, targets=targets, based_on=1, by=lead, now=NOW)

    with pytest.raises(Overtaken):
        publish_policy(default, targets=[], based_on=1, by=lead, now=NOW)
    assert default.versions.count() == 2


def test_hours_that_were_overtaken_are_not_published(lead):
    office = create_calendar(name="Office", spec=OFFICE, by=lead, now=NOW)
    publish_calendar(office, spec=OFFICE | {"hol": ["2026-12-25"]}, based_on=1, by=lead, now=NOW)

    with pytest.raises(Overtaken):
        publish_calendar(office, spec=OFFICE, based_on=1, by=lead, now=NOW)
    assert office.current.number == 2


def test_the_same_policy_again_publishes_nothing(default, targets, lead):
    publish_policy(default, targets=targets, by=lead, now=NOW)
    publish_policy(default, targets=targets, by=lead, now=NOW + timedelta(hours=1))

    assert default.current.number == 2
    assert default.current.created_at == NOW


def test_another_name_is_no_other_wording(default, targets, lead):
    publish_policy(default, targets=targets, name="  Every   case ", by=lead, now=NOW)
    publish_policy(default, targets=targets, name="All", by=lead, now=NOW)

    default.refresh_from_db()
    assert (default.name, default.current.number) == ("All", 2)
    assert Entry.objects.filter(event="sla_policy.renamed").count() == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_name_is_one_that_fits(name, targets, lead):
    with pytest.raises(PolicyRefused):
        create_policy(name=name, targets=targets, by=lead, now=NOW)
    with pytest.raises(PolicyRefused):
        create_calendar(name=name, spec=OFFICE, by=lead, now=NOW)


def test_a_new_policy_stands_before_the_first_that_fits_every_case(default, targets, lead):
    first = create_policy(name="Spain", targets=targets, markets=["ES"], by=lead, now=NOW)
    second = create_policy(name="Portugal", targets=targets, markets=["PT"], by=lead, now=NOW)

    assert list(Policy.objects.all()) == [first, second, default]
    with pytest.raises(PolicyRefused):
        create_policy(name="Spain", targets=targets, by=lead, now=NOW)


def test_a_name_in_another_script_makes_a_policy_too(targets, lead):
    assert create_policy(name="客服", targets=targets, markets=["CN"], by=lead, now=NOW).slug == "客服"


def test_another_order_is_rolled_out_again_and_written_down(default, targets, lead):
    spain = create_policy(name="Spain", targets=targets, markets=["ES"], by=lead, now=NOW)
    spain.versions.update(applied_at=NOW, applied_upto=7)
    default.versions.update(applied_at=NOW, applied_upto=7)

    order_policies([default.pk, spain.pk], based_on=[spain.pk, default.pk], by=lead, now=NOW)

    assert list(Policy.objects.all()) == [default, spain]
    assert {(version.applied_at, version.applied_upto) for version in default.versions.all()} == {(None, 0)}
    assert [entry.data["place"] for entry in Entry.objects.filter(event="sla_policy.moved").order_by("id")] == [1, 2]


def test_the_same_order_changes_nothing(default, lead):
    order_policies([default.pk], by=lead, now=NOW)

    assert not Entry.objects.filter(event="sla_policy.moved").exists()


def test_an_order_is_of_all_policies_and_of_those_she_saw(default, targets, lead):
    spain = create_policy(name="Spain", targets=targets, markets=["ES"], by=lead, now=NOW)

    for order in ([spain.pk], [spain.pk, spain.pk], [default.pk, spain.pk, 0]):
        with pytest.raises(PolicyRefused):
            order_policies(order, by=lead, now=NOW)
    with pytest.raises(Overtaken):
        order_policies([spain.pk, default.pk], based_on=[default.pk, spain.pk], by=lead, now=NOW)
