"""Users, their credentials, and how a request is authenticated."""
