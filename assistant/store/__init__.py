"""What readers wrote and what they were answered, feedback and API keys, in one SQL database."""
