"""The hub in the home: hears the devices, knows the risks, sees to it that somebody comes."""
