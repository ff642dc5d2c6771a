"""Git versions data. The command line, its JSON, its exit codes and the file formats are the API."""

__version__ = "0.1.0"
