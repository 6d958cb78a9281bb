"""The words that hub, cloud and simulator share. Pure: no clock, no disk, no network."""
