"""Parts of a running Hearthline die by kill -9; what was under way must not be lost with them."""
