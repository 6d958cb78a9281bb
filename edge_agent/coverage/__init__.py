"""A home is protected only as far as its sensors still speak; each risk says whether it is watched.

`life` is what one device or gateway says of itself, `watcher` what that means for one risk,
`lights` what follows for all 29.
"""

from edge_agent.coverage.life import SPEAKS_OF_ITSELF, Gap
from edge_agent.coverage.lights import Coverage
from edge_agent.coverage.state import Known, RiskCoverage, State

__all__ = ["SPEAKS_OF_ITSELF", "Coverage", "Gap", "Known", "RiskCoverage", "State"]
