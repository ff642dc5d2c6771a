"""Files tracked by pattern: contents and commits come in; the pointers that Git holds for them go out."""
