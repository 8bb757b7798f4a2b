"""What the clinic's machine tells about itself: log lines and measurements, without a word about people."""
