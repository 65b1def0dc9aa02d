"""The statement behind seeding.py. Instants are counted back from %(now)s; chance is a hash of number and seed."""

PEOPLE = """
INSERT INTO people_person (kind, name, language, country, time_zone, note, version, created_at, updated_at)
SELECT 'owner',
       (%(first_names)s)[1 + n %% cardinality(%(first_names)s)] || ' '
       || (%(last_names)s)[1 + (n * 7 + %(seed)s) %% cardinality(%(last_names)s)],
       'en', 'US', '', '', 1, %(now)s, %(now)s
FROM generate_series(1, %(count)s) AS n
RETURNING id
"""

_CHANCE = "((hashint8extended(n, %(seed)s + {}) & 1048575) / 1048576.0)"


def _chance(number: int) -> str:
    """A number from 0 up to 1, the same for the same case and seed."""
    return _CHANCE.format(number)


def _pick(array: str, number: int) -> str:
    return f"({array})[1 + floor({_chance(number)} * cardinality({array}))::int]"


_DRAWN = f"""
drawn AS MATERIALIZED (
    SELECT n,
           nextval(pg_get_serial_sequence('cases_case', 'id')) AS id,
           'TS-' || nextval('cases_reference') AS reference,
           floor({_chance(1)} * %(how_many_categories)s)::int AS category,
           floor({_chance(2)} * cardinality(%(teams)s))::int AS team,
           floor({_chance(3)} * %(agents_a_team)s)::int AS agent,
           CASE WHEN {_chance(4)} < 0.06 THEN 'new'
                WHEN {_chance(4)} < 0.12 THEN 'open'
                WHEN {_chance(4)} < 0.15 THEN 'waiting'
                WHEN {_chance(4)} < 0.20 THEN 'resolved'
                ELSE 'closed' END AS state,
           {_chance(5)} AS age,
           {_chance(6)} AS pace,
           {_pick("%(people)s", 7)} AS reporter,
           {_pick("%(people)s", 8)} AS respondent,
           {_pick("ARRAY['phone','email','chat','api','form']", 9)} AS channel,
           {_pick("%(times)s", 10)} AS told_when,
           {_pick("%(places)s", 11)} AS told_where,
           {_pick("%(sentences)s", 12)} || ' ' || {_pick("%(sentences)s", 13)}
           || CASE WHEN {_chance(14)} < 0.001 THEN %(rare_word)s ELSE '' END AS description
    FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n
)"""  # noqa: S608 - only our own expressions are put in; values stay parameters

_TERMS = """
terms AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(terms)s::jsonb) AS term (
        severity int, metric text, policy_version bigint, calendar_version bigint, seconds int,
        warn_percents smallint[], warn_seconds int[], pause_on varchar[])
), category AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(categories)s::jsonb) AS category (
        place int, version bigint, slug text, title text, level int, severity int)
)"""

# A new case may have missed its first response; one in work is younger than its resolution target. What is resolved
# waits for the end of the week after the last contact, so that no sweep closes it at once.
_TIMED = """
aged AS MATERIALIZED (
    SELECT drawn.*, category.version, category.slug, category.level, category.severity,
           category.title || ', ' || drawn.told_when AS title,
           (%(teams)s)[1 + drawn.team] AS team_id,
           (%(agents)s)[1 + drawn.team * %(agents_a_team)s + drawn.agent] AS agent_id,
           CASE drawn.state
               WHEN 'new' THEN %(now)s - make_interval(secs => 60 + drawn.age * 1.25 * first.seconds)
               WHEN 'open' THEN %(now)s - make_interval(secs => 60 + drawn.age * 0.9 * resolution.seconds)
               WHEN 'waiting' THEN %(now)s - make_interval(secs => 60 + drawn.age * 0.9 * resolution.seconds)
               WHEN 'resolved' THEN %(now)s - make_interval(days => 1, secs => 10800 + drawn.age * 432000)
               ELSE %(now)s - make_interval(days => 30, secs => drawn.age * 700 * 86400) END AS received_at,
           first.seconds AS first_seconds, resolution.seconds AS resolution_seconds
    FROM drawn
    JOIN category ON category.place = drawn.category
    JOIN terms AS first ON first.severity = category.severity AND first.metric = 'first_response'
    JOIN terms AS resolution ON resolution.severity = category.severity AND resolution.metric = 'resolution'
), timed AS MATERIALIZED (
    SELECT aged.*,
           state IN ('new', 'open', 'waiting') AS is_open,
           received_at + make_interval(secs => first_seconds) AS first_due,
           received_at + make_interval(secs => resolution_seconds) AS resolution_due,
           received_at + make_interval(secs => 0.5 * least(first_seconds, extract(epoch FROM %(now)s - received_at))) AS spoke_at,
           CASE state WHEN 'resolved' THEN received_at + make_interval(days => 1)
                      WHEN 'closed' THEN received_at + make_interval(secs => 86400 + pace * 604800) END AS resolved_at,
           received_at + 0.9 * (%(now)s - received_at) AS waiting_at
    FROM aged
)"""

_CASES = """
opened AS (
    INSERT INTO cases_case (
        id, reference, kind, state, title, description, severity, severity_suggested, severity_reason, confidentiality,
        team_id, assignee_id, channel, market, language, external_id, content_sha256, opened_by_id, waiting_on, outcome,
        flagged_for_legal, legal_hold, received_at, created_at, updated_at, resolved_at, closed_at, last_contact_at,
        last_contact_in, last_contact_role, urgent_at, band, version)
    SELECT id, reference, 'incident', state, title, description, severity, severity, '', level, team_id,
           CASE WHEN state <> 'new' THEN agent_id END, channel, %(market)s, 'en', '', '', agent_id,
           CASE WHEN state = 'waiting' THEN 'vet' ELSE '' END, CASE WHEN is_open THEN '' ELSE 'helped' END,
           false, false, received_at, received_at, coalesce(resolved_at, spoke_at), resolved_at,
           CASE WHEN state = 'closed' THEN resolved_at + make_interval(days => 7) END,
           spoke_at, state = 'new', 'owner',
           CASE state WHEN 'new' THEN least(first_due, resolution_due) WHEN 'open' THEN resolution_due
                      ELSE received_at + %(unclocked)s END
           - make_interval(mins => (%(minutes_by_severity)s)[severity]
               + CASE WHEN state = 'new' THEN %(minutes_no_owner)s + %(minutes_they_wrote_last)s ELSE 0 END),
           CASE WHEN state = 'new' THEN 1 WHEN state = 'waiting' THEN 3 WHEN severity = 1 THEN 1 ELSE 2 END, 1
    FROM timed
), happened AS (
    INSERT INTO cases_incident (
        case_id, category_id, occurred_at, occurred_date_only, time_zone, place, people_hurt, animals_hurt,
        emergency_care, immediate_danger, authorities, authority_reference, loss_currency, details)
    SELECT id, version, received_at - interval '2 hours', false, 'America/Denver', told_where, '', '', '', false,
           '{}', '', '', '{}'
    FROM timed
), taking_part AS (
    INSERT INTO cases_party (case_id, person_id, role, capacity, added_at)
    SELECT id, reporter, 'owner', 'reporter', received_at FROM timed
    UNION ALL
    SELECT id, respondent, 'sitter', 'respondent', received_at FROM timed WHERE NOT is_open
), found_by AS (
    INSERT INTO cases_casetext (case_id, compartment, words)
    SELECT timed.id, '', to_tsvector('simple', regexp_replace(
               lower(unaccent(concat_ws(' ', reference, title, description, told_where, person.name))),
               '[^[:alnum:]]+', ' ', 'g'))
    FROM timed JOIN people_person AS person ON person.id = timed.reporter
)"""

_CONTACTS = """
words AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('cases_contact', 'id')) AS contact, timed.*, said.step, said.direction,
           received_at + said.share * (spoke_at - received_at) AS said_at
    FROM timed
    JOIN (VALUES ('new', 40, 'in', 0.5), ('new', 41, 'in', 1.0), ('open', 41, 'out', 1.0), ('waiting', 41, 'out', 1.0),
                 ('resolved', 40, 'in', 0.5), ('resolved', 41, 'out', 1.0), ('closed', 41, 'out', 1.0)
         ) AS said (state, step, direction, share) ON said.state = timed.state
), spoken AS (
    INSERT INTO cases_contact (id, case_id, direction, channel, by_id, automatic, occurred_at, body, created_at)
    SELECT contact, id, direction, 'email', CASE WHEN direction = 'out' THEN agent_id END, false, said_at, '', said_at
    FROM words
)"""

_CLOCKS = """
running AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('cases_clock', 'id')) AS clock, timed.*, terms.metric, terms.policy_version,
           terms.calendar_version, terms.seconds, terms.warn_percents, terms.warn_seconds, terms.pause_on,
           received_at + make_interval(secs => terms.seconds) AS due,
           terms.metric = 'first_response' AND timed.state <> 'new' AS is_met,
           terms.metric = 'resolution' AND timed.state = 'waiting' AND 'vet' = ANY (terms.pause_on) AS is_paused
    FROM timed JOIN terms ON terms.severity = timed.severity
    WHERE timed.is_open
), judged AS MATERIALIZED (
    SELECT running.*, NOT is_met AND NOT is_paused AND due <= %(now)s AS is_breached, warning.at AS warn_at, warning.threshold
    FROM running
    LEFT JOIN LATERAL (
        SELECT at, threshold
        FROM (SELECT received_at + make_interval(secs => seconds * percent / 100.0) AS at, percent::int AS threshold
              FROM unnest(warn_percents) AS percent
              UNION ALL
              SELECT due - make_interval(secs => before), -before FROM unnest(warn_seconds) AS before) AS warnings
        WHERE at > %(now)s ORDER BY at LIMIT 1
    ) AS warning ON true
), clocked AS (
    INSERT INTO cases_clock (
        id, case_id, metric, cycle, severity, state, policy_version_id, calendar_version_id, target_seconds,
        carried_seconds, warn_percents, warn_seconds, pause_on, pauses, started_at, set_at, due_at, breached_at,
        carried_breach, met_at, next_fire_at, next_fire_kind, next_fire_threshold, seq, failures, breach_reason)
    SELECT clock, id, metric, 1, severity,
           CASE WHEN is_met THEN 'met' WHEN is_paused THEN 'paused' ELSE 'running' END,
           policy_version, calendar_version, seconds, 0, warn_percents, warn_seconds, pause_on,
           CASE WHEN is_paused THEN jsonb_build_array(jsonb_build_array(waiting_at, NULL, 'vet')) ELSE '[]' END,
           received_at, %(now)s, CASE WHEN NOT is_paused THEN due END, CASE WHEN is_breached THEN due END, false,
           CASE WHEN is_met THEN spoke_at END,
           CASE WHEN NOT (is_met OR is_paused OR is_breached) THEN coalesce(warn_at, due) END,
           CASE WHEN is_met OR is_paused OR is_breached THEN '' WHEN warn_at IS NULL THEN 'breach' ELSE 'warn' END,
           CASE WHEN is_met OR is_paused OR is_breached THEN 0 ELSE coalesce(threshold, 0) END,
           is_paused::int, 0, ''
    FROM judged
), ticked AS (
    INSERT INTO cases_clockevent (clock_id, kind, threshold, seq, at, detected_at, reason, target_seconds)
    SELECT clock, 'start', 0, 0, received_at, %(now)s, '', seconds FROM judged
    UNION ALL SELECT clock, 'met', 0, 0, spoke_at, %(now)s, '', NULL FROM judged WHERE is_met
    UNION ALL SELECT clock, 'breach', 0, 0, due, %(now)s, '', NULL FROM judged WHERE is_breached
    UNION ALL SELECT clock, 'pause', 0, 1, waiting_at, %(now)s, 'vet', NULL FROM judged WHERE is_paused
)"""

_TRAIL = """
told AS (
    SELECT n, 10 AS step, id, 'case.created' AS event, 'staff' AS kind, agent_id::text AS actor,
           jsonb_build_object('channel', channel, 'category', slug, 'severity', severity, 'suggested', severity,
                              'level', level, 'team', team_id, 'received_at', received_at) AS data
    FROM timed
    UNION ALL
    SELECT n, CASE metric WHEN 'first_response' THEN 20 ELSE 21 END, id, 'clock.started', 'staff', agent_id::text,
           jsonb_build_object('clock', clock, 'metric', metric, 'cycle', 1, 'due_at', due)
    FROM judged
    UNION ALL
    SELECT n, 30, id, 'case.taken', 'staff', agent_id::text, jsonb_build_object('old', 'new', 'new', 'open')
    FROM timed WHERE state <> 'new'
    UNION ALL
    SELECT n, step, id, 'contact.recorded', 'staff', agent_id::text,
           jsonb_build_object('contact', contact, 'direction', direction, 'channel', 'email', 'role', 'owner',
                              'person', reporter, 'occurred_at', said_at)
    FROM words
    UNION ALL
    SELECT n, 50, id, 'clock.met', 'staff', agent_id::text,
           jsonb_build_object('clock', clock, 'metric', metric, 'cycle', 1, 'due_at', due, 'met_at', spoke_at, 'late', false)
    FROM judged WHERE is_met
    UNION ALL
    SELECT n, 51, id, 'clock.breached', 'system', 'tsdesk',
           jsonb_build_object('clock', clock, 'metric', metric, 'cycle', 1, 'breached_at', due)
    FROM judged WHERE is_breached
    UNION ALL
    SELECT n, 60, id, 'case.waiting', 'staff', agent_id::text, jsonb_build_object('old', 'open', 'new', 'waiting', 'on', 'vet')
    FROM timed WHERE state = 'waiting'
    UNION ALL
    SELECT n, 61, id, 'clock.paused', 'staff', agent_id::text,
           jsonb_build_object('clock', clock, 'metric', metric, 'cycle', 1, 'on', 'vet')
    FROM judged WHERE is_paused
    UNION ALL
    SELECT n, 70, id, 'case.resolved', 'staff', agent_id::text,
           jsonb_build_object('old', 'open', 'new', 'resolved', 'outcome', 'helped')
    FROM timed WHERE NOT is_open
    UNION ALL
    SELECT n, 80, id, 'case.closed', 'system', 'tsdesk', jsonb_build_object('old', 'resolved', 'new', 'closed')
    FROM timed WHERE state = 'closed'
)
INSERT INTO audit_entry (event, actor_kind, actor_id, subject_kind, subject_id, data, texts)
SELECT event, kind, actor, 'case', id::text, data, '{}' FROM told ORDER BY n, step
"""

SEED = "WITH " + ",".join((_DRAWN, _TERMS, _TIMED, _CASES, _CONTACTS, _CLOCKS, _TRAIL))
