"""The cloud: takes in what the hubs tell, sees to it that a named person comes, shows it."""
