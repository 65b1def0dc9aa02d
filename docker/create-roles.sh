#!/bin/sh
# Runs once, when the database is made: the owner of the schema, and the role that the desk runs as and that owns nothing.
set -eu
psql --set ON_ERROR_STOP=1 --set owner="$TSDESK_OWNER_PASSWORD" --set runtime="$TSDESK_DATABASE_PASSWORD" \
    --username postgres <<'SQL'
CREATE ROLE tsdesk_owner LOGIN PASSWORD :'owner';
CREATE ROLE tsdesk LOGIN PASSWORD :'runtime';
CREATE DATABASE tsdesk OWNER tsdesk_owner;
SQL
