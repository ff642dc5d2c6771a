"""Git's door: what hooks, the filter, live status and the drivers call. Loads nothing that only people need."""
