"""Every table of the cloud, so that whoever makes or checks the schema sees it whole."""

import cloud.audit
import cloud.care.tables
import cloud.escalation.tables
import cloud.households.tables
import cloud.incidents.tables
import cloud.oncall.tables
import cloud.paging.tables  # noqa: F401 - imported for the tables they add to `metadata`
from cloud.db import metadata

__all__ = ["metadata"]
