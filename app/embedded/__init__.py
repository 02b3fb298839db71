"""A model server of Jr's own for a machine that has none: llama.cpp in a child process, on loopback."""
