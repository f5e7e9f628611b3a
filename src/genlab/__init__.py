"""The models, metrics, widgets and course tools of *Inside Generative Models*."""

__version__ = "0.1.0"
