"""A telephone company that speaks Twilio's HTTP API, and the people whom it rings."""
