"""The hub in the home: hears the devices, knows the risks, sees to it that somebody comes."""

SOFTWARE = "0.1.0"
"""Said in each hello: the cloud knows which hubs run what."""
