"""docker-compose.yml and Dockerfile, read as files: what a deployment promises."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DESK = ("web", "worker", "beat", "auditor")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_every_part_of_the_desk_is_a_service() -> None:
    assert set(SERVICES) == {"db", "valkey", "migrate", *DESK}


@pytest.mark.parametrize("name", [*DESK, "db", "valkey"])
def test_every_lasting_service_has_a_health_check(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", DESK)
def test_each_process_is_asked_after_itself(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "python", "-m", "tsdesk.probe", name]


@pytest.mark.parametrize("name", [*DESK, "migrate", "valkey"])
def test_nothing_of_ours_runs_as_root_or_writes_to_its_image(name: str) -> None:
    service = SERVICES[name]
    assert service["user"] not in ("", "0", "root")
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


@pytest.mark.parametrize("name", [*DESK, "migrate", "db"])
def test_what_may_not_write_to_its_image_has_a_place_for_what_does_not_last(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert SERVICES[name]["tmpfs"]


def test_the_owner_makes_the_schema_and_the_desk_runs_as_a_role_that_gets_nothing_but_its_name() -> None:
    script = (ROOT / "docker" / "create-roles.sh").read_text()
    assert re.findall(r"^CREATE .*", script, re.MULTILINE) == [
        "CREATE ROLE tsdesk_owner LOGIN PASSWORD :'owner';",
        "CREATE ROLE tsdesk LOGIN PASSWORD :'runtime';",
        "CREATE DATABASE tsdesk OWNER tsdesk_owner;",
    ]
    assert "GRANT" not in script


@pytest.mark.parametrize("name", DESK)
def test_the_desk_waits_for_the_migrations_and_runs_as_the_role_that_owns_nothing(name: str) -> None:
    service = SERVICES[name]
    assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    assert service["environment"]["DATABASE_URL"].startswith("postgres://tsdesk:")
    assert "TSDESK_OWNER_DATABASE_URL" not in service["environment"]


def test_only_the_one_off_migration_has_the_owner() -> None:
    migrate = SERVICES["migrate"]
    assert migrate["restart"] == "no"
    assert migrate["command"] == ["python", "manage.py", "prepare_database"]
    assert migrate["environment"]["TSDESK_OWNER_DATABASE_URL"].startswith("postgres://tsdesk_owner:")


def test_postgres_18_compares_text_by_its_own_rules_and_keeps_its_data_on_a_volume() -> None:
    db = SERVICES["db"]
    assert db["image"] == "postgres:18"
    assert "--locale-provider=builtin --builtin-locale=C.UTF-8 --locale=C" in db["environment"]["POSTGRES_INITDB_ARGS"]
    assert "database:/var/lib/postgresql" in db["volumes"]
    script = ROOT / "docker" / "create-roles.sh"
    assert f"./docker/{script.name}:/docker-entrypoint-initdb.d/{script.name}:ro" in db["volumes"]
    assert script.stat().st_mode & 0o111


def test_no_secret_is_written_down_and_none_has_a_default() -> None:
    for name, service in SERVICES.items():
        for variable, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|KEY|DATABASE_URL|REDIS|AUTH$", variable):
                assert "${" in value, f"{name}: {variable} is written down"
                given = re.findall(r"\$\{[A-Z_]+(:[^}]*)?\}", value)
                assert all(default.startswith(":?") or default == ":-" for default in given), variable


def test_only_this_machine_reaches_the_web_and_nobody_the_services() -> None:
    assert SERVICES["web"]["ports"] == ["127.0.0.1:8000:8000"]
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]


def test_every_volume_is_declared() -> None:
    named = {
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }
    assert named == set(COMPOSE["volumes"])


def test_the_image_is_locked_and_runs_as_nobody_in_particular() -> None:
    assert "--require-hashes" in DOCKERFILE
    users = re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE)
    assert users == [SERVICES["web"]["user"]]
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".env", ".desk"} <= set(ignored)


def test_every_variable_of_the_deployment_is_one_that_the_settings_read() -> None:
    read = set(re.findall(r'"([A-Z][A-Z_]+)"', (ROOT / "tsdesk" / "settings.py").read_text()))
    # boto3 reads its credentials by itself.
    given = {name for name in SERVICES["web"]["environment"] if not name.startswith("AWS_")}
    assert given - read == set()
