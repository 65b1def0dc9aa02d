"""The roof: settings, URLs, the beat schedule, the API root, the launcher behind `./desk` and the watchers of the clocks."""
