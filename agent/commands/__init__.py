"""What each command does, one module a group; `agent.cli` parses the words and imports a module when it is needed."""
