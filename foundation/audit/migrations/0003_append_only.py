"""The database itself refuses to change or to remove what the trail holds, whoever asks and by whatever means."""

from django.db import migrations

APPEND_ONLY = ("audit_entry", "audit_payload", "audit_seal", "audit_sealed")
REFUSED = ("UPDATE", "DELETE", "TRUNCATE")

REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the trail is append-only: % on % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# A key may be destroyed, which erases the texts under it. It is never swapped, brought back or deleted.
KEEP_KEYS = """
CREATE FUNCTION audit_keep_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND (
        (OLD.id, OLD.subject_kind, OLD.subject_id) = (NEW.id, NEW.subject_kind, NEW.subject_id)
        AND (
            NEW.wrapped IS NOT DISTINCT FROM OLD.wrapped AND NEW.destroyed_at IS NOT DISTINCT FROM OLD.destroyed_at
            OR OLD.destroyed_at IS NULL AND NEW.wrapped IS NULL
        )
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a key of the trail can only be destroyed: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_subjectkey_only_destroyed BEFORE UPDATE OR DELETE ON audit_subjectkey
    FOR EACH ROW EXECUTE FUNCTION audit_keep_key();
ALTER TABLE audit_subjectkey ENABLE ALWAYS TRIGGER audit_subjectkey_only_destroyed;
"""
LOSE_KEYS = "DROP TRIGGER audit_subjectkey_only_destroyed ON audit_subjectkey; DROP FUNCTION audit_keep_key();"


def guard(table: str, verb: str) -> migrations.RunSQL:
    """A trigger for each statement, so that one that touches no row is refused too. ALWAYS: replication roles as well."""
    name = f"{table}_no_{verb.lower()}"
    return migrations.RunSQL(
        f"CREATE TRIGGER {name} BEFORE {verb} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();"
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};",
        f"DROP TRIGGER {name} ON {table};",
    )


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_trail")]

    operations = [
        migrations.RunSQL(REFUSE, "DROP FUNCTION audit_refuse();"),
        *(guard(table, verb) for table in APPEND_ONLY for verb in REFUSED),
        migrations.RunSQL(KEEP_KEYS, LOSE_KEYS),
    ]
