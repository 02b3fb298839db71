"""The command line: `jr`."""
