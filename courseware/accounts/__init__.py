"""Accounts: what the site adds to allauth. Sign-in is by e-mail; progress made before it is kept."""
