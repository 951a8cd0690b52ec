"""The commands of ``waferflux``, a file each. What is slow is imported inside."""
