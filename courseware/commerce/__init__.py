"""A locked track is bought once. Paid means unlocked, exactly once; see fulfilment.py."""
