"""Articles in, passages, index generations and training pairs out."""
