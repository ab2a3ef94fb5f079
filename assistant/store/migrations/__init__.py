"""How a database of any older version becomes today's; run by `open_store`."""
