"""Measuring: revisions come in; the values in their files of parameters and metrics, and how they differ, go out."""
