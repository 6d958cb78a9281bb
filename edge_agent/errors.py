"""What can go wrong in a hub, under one root; each says what to do and whether retrying helps."""


class HubError(Exception):
    """The root of the hub's own errors."""
