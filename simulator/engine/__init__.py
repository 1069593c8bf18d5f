"""The compiled kernel and the state that it works on."""
