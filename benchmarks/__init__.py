"""What parts of the site cost, measured; each module is run by itself."""
