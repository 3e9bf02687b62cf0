"""An open transaction's type, for those who pass one on without knowing SQL themselves."""

from sqlalchemy import Connection

__all__ = ["Connection"]
