"""What dealers send, brought in. A file is read as it is, every line that cannot be kept is handed
back with its number and the reason, and nothing is lost silently."""
