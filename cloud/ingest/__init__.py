"""What hubs tell enters here, by MQTT or by HTTPS: committed first, then receipted."""

from cloud.ingest.https import messages_router
from cloud.ingest.mqtt import Ingest

__all__ = ["Ingest", "messages_router"]
