"""Heat: coolant properties, channels, contacts and the steady temperature field."""
