"""Where authors look at a lesson before it is one."""
