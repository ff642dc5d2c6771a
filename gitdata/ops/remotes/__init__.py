"""Data remotes: settings and proposals come in; the places that data may go to and come from go out."""
