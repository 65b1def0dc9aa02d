"""States and moves as data: who may move what from where to where. Holds no tables."""
