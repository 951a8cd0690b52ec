"""Pages for a browser: templates, and what fills them. Nothing on a page comes over a network."""
