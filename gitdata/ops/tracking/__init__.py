"""Tracking: names come in; what they name is data from now on, or no longer."""
