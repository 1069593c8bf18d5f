"""A small Stripe of our own: the real HTTP API, a payment page, signed webhooks, and no money.

It serves `make run`, so that a newcomer buys the locked track through the same code as production, and the
tests, which make it late, forgetful and repetitive through `/_control/`. Python's standard library only
(and `stripe`'s own function for the signature); one process; one SQLite file.
"""
