"""The site around the lessons: settings, routes, accounts, commerce and the authors' studio."""
