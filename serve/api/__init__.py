"""The HTTP API in OpenAI's shape: the same answers as the page, for programs."""
