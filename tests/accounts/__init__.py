"""The room `accounts/`, through its doors."""
