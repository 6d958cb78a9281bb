"""Mosquitto is Debian's package, not a wheel: `make test` must pass on a machine without it.

Then rumqttd's wheel stands in, which has no topic rules, tells no refusal, marks no repeat and
raises what is published at QoS 0 to the subscriber's. `.ci/run` installs Mosquitto.
"""

import pytest

from simulator.brokers import mosquitto_path

only_mosquitto = pytest.mark.skipif(
    mosquitto_path() is None, reason="Mosquitto is not installed (apt install mosquitto)"
)
