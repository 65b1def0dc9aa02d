"""The pages of people: finding them, one person, and two records of one person."""
