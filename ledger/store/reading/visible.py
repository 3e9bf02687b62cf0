"""A scope as SQL: the one place where it becomes a condition on rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, select

from ledger.store.tables import claims, lots
from ledger.visibility import Scope, View


def visible_claims(scope: Scope) -> ColumnElement[bool]:
    """Claims that a view's party owes, or of which it holds or held a lot."""

    def owed_or_held(view: View) -> ColumnElement[bool]:
        held = select(lots.c.claim).where(lots.c.holder == view.party)
        return or_(claims.c.debtor == view.party, claims.c.number.in_(held))

    return _any_view(scope, claims.c.number, owed_or_held)


def visible_lots(scope: Scope) -> ColumnElement[bool]:
    """Lots that a view's party holds or held, and every lot of the claims it owes."""

    def owed_or_held(view: View) -> ColumnElement[bool]:
        owed = select(claims.c.number).where(claims.c.debtor == view.party)
        return or_(lots.c.holder == view.party, lots.c.claim.in_(owed))

    return _any_view(scope, lots.c.claim, owed_or_held)


def concerns(scope: Scope, claim: Any, *columns: Any) -> ColumnElement[bool]:
    """Rows about ``claim`` that name a view's party in one of these columns."""

    def named(view: View) -> ColumnElement[bool]:
        return or_(*(column == view.party for column in columns))

    return _any_view(scope, claim, named)


def _any_view(
    scope: Scope, claim: Any, of_view: Callable[[View], ColumnElement[bool]]
) -> ColumnElement[bool]:
    conditions = [
        of_view(view) if view.claim is None else and_(claim == view.claim, of_view(view))
        for view in scope.views
    ]
    return or_(false(), *conditions)
