from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.base_user import BaseUserManager
from django.db import models

if TYPE_CHECKING:
    from foundation.accounts.models import User


class UserQuerySet(models.QuerySet["User"]):
    """Staff, by what one asks of them."""

    def active(self) -> UserQuerySet:
        return self.filter(is_active=True)

    def get_by_natural_key(self, email: str | None) -> User:
        """Sign-in looks people up without regard to case."""
        return self.get(email__iexact=email)

    async def aget_by_natural_key(self, email: str | None) -> User:
        return await self.aget(email__iexact=email)

    @staticmethod
    def normalize_email(email: str) -> str:
        return BaseUserManager.normalize_email(email)

    def create_user(self, **fields: Any) -> User:
        """Refused: staff come to be through operations.create_staff, which leaves an entry in the trail."""
        raise NotImplementedError("Use accounts.operations.create_staff.")
