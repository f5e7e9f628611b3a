"""What brings widgets to life on a page without a kernel."""
