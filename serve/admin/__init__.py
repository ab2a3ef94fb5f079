"""The editors' pages behind a login: feedback, gaps, sources, adapters, generations, use."""
