"""Checking an audit bundle offline, against nothing but a trust file.

Pure: no network, no database, no clock. Given the same bytes it says the same for ever.
"""

from ledger.verify.report import Problem, Report, render
from ledger.verify.verifier import verify

__all__ = ["Problem", "Report", "render", "verify"]
