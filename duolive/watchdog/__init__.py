"""The watchdog: a process of its own that looks at the desk from outside. It needs no Redis and no other process."""
