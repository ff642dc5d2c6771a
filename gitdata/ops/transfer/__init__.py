"""Moving between places: commits come in; the data that they need is on the remote, or in the store."""
