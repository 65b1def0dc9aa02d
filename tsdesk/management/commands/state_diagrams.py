"""`manage state_diagrams`: write docs/states/ from the tables of moves."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import translation

from foundation.workflow.diagrams import all_workflows, page


class Command(BaseCommand):
    help = "Writes a page with a diagram for every workflow into docs/states/."

    def handle(self, *args: Any, **options: Any) -> None:
        folder = settings.ROOT / "docs" / "states"
        folder.mkdir(parents=True, exist_ok=True)
        with translation.override("en"):
            for workflow in all_workflows():
                path = folder / f"{workflow.name}.md"
                path.write_text(page(workflow), encoding="utf-8")
                self.stdout.write(str(path.relative_to(settings.ROOT)))
