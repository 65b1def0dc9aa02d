"""The launcher behind `./desk`: standard library only, so that it runs before anything is installed."""
