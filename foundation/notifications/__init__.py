"""The outbox: every word that leaves the desk is a row written with its event and sent by a worker; the in-app inbox."""
