"""The network itself: its curvature, how far it is from its first-order expansion, its kinks along physical directions, its modules."""
