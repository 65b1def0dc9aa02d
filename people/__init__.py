"""Who cases are about: owners, sitters, pros, vets, their contact points, pets and bookings."""
