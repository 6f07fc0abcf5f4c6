"""What is traded: orders, fills and positions, and the services that keep them in step with the venue."""
