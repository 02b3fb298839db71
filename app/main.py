"""create_app(): the one place where things are wired."""
