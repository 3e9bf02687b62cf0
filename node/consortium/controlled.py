"""A network that other commands may hurt while its owner keeps it up."""

from __future__ import annotations

from node.consortium.control import ControlServer
from node.consortium.network import Network


class ControlledNetwork(Network):
    """Serves its controls from its first start until it is stopped or killed as a whole."""

    _control: ControlServer | None = None

    def start(self) -> None:
        super().start()
        if self._control is None:
            self._control = ControlServer(self)
            self._control.start()

    def stop(self) -> None:
        self._end_control()
        super().stop()

    def kill(self, number: int | None = None) -> None:
        if number is None:
            self._end_control()
        super().kill(number)

    def _end_control(self) -> None:
        """First, so that no request meets a network that is ending."""
        control, self._control = self._control, None
        if control is not None:
            control.stop()
