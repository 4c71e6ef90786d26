"""An IAM-style identity directory in one reviewed YAML file."""

__version__ = "0.1.0"
