"""The command line. It imports little, because a person or an agent waits for each command."""
