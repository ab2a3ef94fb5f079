"""The chat page and its server: an assistant in, a web page in the brand's name out."""
