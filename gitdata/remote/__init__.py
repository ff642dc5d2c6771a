"""Remotes: packs and manifests on a backend; upload, download, check."""
