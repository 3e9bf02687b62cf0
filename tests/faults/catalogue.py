"""Every fault, in the order in which they are run."""

from __future__ import annotations

from tests.faults.dates import due_dates
from tests.faults.disk import full_disk
from tests.faults.endpoint import endpoint_reading, endpoint_sending
from tests.faults.fault import Fault
from tests.faults.partitions import partition_even, partition_one
from tests.faults.services import kill_services
from tests.faults.validators import freeze_one, kill_all, kill_one, kill_third, wipe_one

FAULTS: dict[str, Fault] = {
    each.name: each
    for each in (
        kill_one,
        kill_third,
        kill_all,
        freeze_one,
        partition_even,
        partition_one,
        wipe_one,
        endpoint_sending,
        endpoint_reading,
        kill_services,
        full_disk,
        due_dates,
    )
}
