# Short names for ./hearthline, which does the work and explains itself: ./hearthline help
# Arguments go through ARGS, e.g. make demo ARGS="--story sos_call --headless --json"

COMMANDS = setup demo test coverage check slow night format lint types contracts

help:
	@./hearthline help

$(COMMANDS):
	@./hearthline $@ $(ARGS)

.PHONY: help $(COMMANDS)
