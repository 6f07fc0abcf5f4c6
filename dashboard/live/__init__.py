"""The live socket: one look at the database per process, changes to every page that asked for them."""
