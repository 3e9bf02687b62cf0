"""What stays private: one module per subject, plain functions over one connection."""
