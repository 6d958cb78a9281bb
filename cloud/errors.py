"""What can go wrong in the cloud, each with the ids it is about and whether to try again."""

from typing import ClassVar


class CloudError(Exception):
    """The root: `status` is what HTTP says, `can_retry` whether trying again may help."""

    status: ClassVar[int] = 500
    can_retry: ClassVar[bool] = False


class Unauthenticated(CloudError):
    """Nobody we know; repeating the same log-in or token is vain."""

    status = 401


class Forbidden(CloudError):
    """The policy says no."""

    status = 403


class NotFound(CloudError):
    """Nothing with that id, or nothing that this person may know of."""

    status = 404


class Conflict(CloudError):
    """The state has moved on; look again before deciding."""

    status = 409


class TooLarge(CloudError):
    """More than is ever read; send less at once."""

    status = 413


class Refused(CloudError):
    """The request makes no sense as it stands; it must be changed, not repeated."""

    status = 422


class Busy(CloudError):
    """Too much at once; trying again later helps."""

    status = 429
    can_retry = True


class Unavailable(CloudError):
    """A part we depend on does not answer; trying again helps."""

    status = 503
    can_retry = True
