"""References of cases: TS-48213, counted by a sequence of PostgreSQL, so that no two transactions draw one twice."""

from django.db.models import CharField, Func


class NextReference(Func):
    """The next free reference, drawn as the row is written. One that is rolled back is never given out again."""

    template = "('TS-' || nextval('cases_reference'))"
    arity = 0
    output_field = CharField()
