"""One program a peer, run by the Python of that peer's environment; `job` is what they share."""
