"""The store: this clone's packs, and the catalog that finds chunks in them."""
