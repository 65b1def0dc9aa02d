"""The floor of a sweep: the rows that so many breaches need, written by one statement of our own over all of them."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

_WRITE = """
WITH policy AS MATERIALIZED (
    SELECT policy.reason, version.id, version.levels, version.repeat, version.catch_all
    FROM escalation_escalationpolicy AS policy
    JOIN escalation_escalationpolicyversion AS version ON version.policy_id = policy.id AND version.number = 1
), late AS MATERIALIZED (
    SELECT clock.id, clock.case_id, clock.metric, clock.cycle, clock.severity, clock.due_at, clock.target_seconds,
           cases.team_id, cases.assignee_id, team.lead_id, policy.id AS version, levels, repeat, catch_all,
           nextval(pg_get_serial_sequence('escalation_escalation', 'id')) AS call
    FROM cases_clock AS clock
    JOIN cases_case AS cases ON cases.id = clock.case_id
    JOIN accounts_team AS team ON team.id = cases.team_id
    JOIN policy ON policy.reason = 'breach:' || clock.metric
    WHERE clock.id = ANY (%(clocks)s)
), stamped AS (
    UPDATE cases_clock SET breached_at = late.due_at, next_fire_at = NULL, next_fire_kind = '', next_fire_threshold = 0
    FROM late WHERE cases_clock.id = late.id
), ticked AS (
    INSERT INTO cases_clockevent (clock_id, kind, threshold, seq, at, detected_at, reason, target_seconds)
    SELECT id, 'breach', 0, 0, due_at, %(now)s, '', target_seconds FROM late
), recorded AS (
    INSERT INTO audit_entry (event, actor_kind, actor_id, subject_kind, subject_id, data, texts)
    SELECT 'clock.breached', 'system', 'tsdesk', 'case', case_id::text,
           jsonb_build_object('clock', id, 'metric', metric, 'cycle', cycle, 'severity', severity, 'due_at', due_at,
                              'breached_at', due_at, 'detected_at', %(now)s), '{}'::jsonb FROM late
    UNION ALL
    SELECT 'escalation.started', 'system', 'tsdesk', 'case', case_id::text,
           jsonb_build_object('escalation', call, 'reason', 'breach:' || metric, 'severity', severity, 'team', team_id),
           '{}'::jsonb FROM late
), called AS (
    INSERT INTO escalation_escalation (
        id, key, subject_kind, subject_id, reason, severity, team_id, policy_version_id, levels, repeat, catch_all, state,
        level, round, cycle, started_at, next_step_at, failures)
    SELECT call, 'clock:' || id || ':breach', 'case', case_id::text, 'breach:' || metric, severity, team_id, version, levels,
           repeat, catch_all, 'triggered', 0, 0, 1, %(now)s, %(now)s + interval '15 minutes', 0
    FROM late
), caused AS (
    INSERT INTO escalation_cause (key, escalation_id, reason, severity, occurred_at)
    SELECT 'clock:' || id || ':breach', call, 'breach:' || metric, severity, %(now)s FROM late
), told AS (
    INSERT INTO notifications_outboxmessage (
        dedupe_key, notice, channel, recipient_id, address, subject_kind, subject_id, context, urgent, gate_kind, gate_id,
        gate_step, state, not_before, opens_bundle, attempts, message_id, last_error, created_at)
    SELECT 'escalation:' || call || ':1.0.0:' || lead_id || ':' || way, 'escalation_page', way, lead_id, '', 'case',
           case_id::text, jsonb_build_object('escalation', call, 'reason', 'breach:' || metric, 'severity', severity,
           'started_at', %(now)s, 'answer_until', %(now)s, 'by', '["system", "tsdesk"]'::jsonb), severity = 1,
           'escalation', call::text, '1.0.0', 'queued', %(now)s, false, 0, gen_random_uuid(), '', %(now)s
    FROM late, (VALUES ('in_app'), ('mail')) AS ways (way) WHERE lead_id IS NOT NULL
    UNION ALL
    SELECT 'clock:' || id || ':breach:' || assignee_id || ':' || way, 'clock_breached', way, assignee_id, '', 'case',
           case_id::text, jsonb_build_object('metric', metric, 'due_at', due_at, 'breached_at', due_at), false,
           '', '', '', 'queued', %(now)s, false, 0, gen_random_uuid(), '', %(now)s
    FROM late, (VALUES ('in_app'), ('mail')) AS ways (way) WHERE assignee_id IS NOT NULL
    RETURNING id, notice, gate_id, recipient_id, channel
)
INSERT INTO escalation_page (escalation_id, person_id, level, round, cycle, channel, message_id, paged_at)
SELECT gate_id::bigint, recipient_id, 0, 0, 1, channel, id, %(now)s FROM told WHERE notice = 'escalation_page'
"""


def write_breaches(clocks: Sequence[int], *, now: datetime) -> None:
    """Stamp these clocks, tell their leads and owners and put it all on record, with every constraint checked at once."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(_WRITE, {"clocks": list(clocks), "now": now})
