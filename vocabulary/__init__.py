"""The words that the hub, the cloud and the simulator share. Pure: no clock, no disk, no network."""
