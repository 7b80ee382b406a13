/* SPDX-License-Identifier: MIT */
/* The commands: dispatch, help, completion and the manual page come from this one table. */
#include "debug/debug.h"

#include <errno.h>
#include <string.h>

const struct debug_command debug_commands[] = {
	{"step", "s", "[turn|actor|message] [N]",
	 "One turn further; the actor's next; to the message",
	 "  step          the next turn of any actor\n"
	 "  step actor    the next turn of the actor that is about to run\n"
	 "  step message  the turn that gets the first message which this turn sends\n"
	 "  A number says how often.\n",
	 "turn actor message", debug_step},
	{"back", "b", "[turn|actor] [N]", "One turn back; the actor's turn before",
	 "  back          the turn before\n"
	 "  back actor    the turn before of the actor that is about to run\n",
	 "turn actor", debug_back},
	{"continue", "c", "", "Run until a breakpoint or the end", NULL, NULL, debug_continue},
	{"reverse-continue", "rc", "", "Run backwards until a breakpoint or the beginning", NULL,
	 NULL, debug_reverse_continue},
	{"goto", "g", "TURN|TIME|@EVENT|start|end", "Go to a place",
	 "  goto 1200     before turn 1200 of this replay\n"
	 "  goto 1.5s     to the first turn at that time of the session; also 200ms, 30us\n"
	 "  goto @3400    to an event of the recording, as actor-top -r counts them\n",
	 "start end", debug_goto},
	{"break", "br",
	 "[behaviour NAME] [actor NAME] [message TYPE] [sender NAME] [exit] [if ...]",
	 "Stop at turns like this",
	 "  break room                         turns of a behaviour\n"
	 "  break message match_found          turns for a type of message, or timer, down, exit\n"
	 "  break actor referee sender store   turns of one actor, for messages of another\n"
	 "  break actor <0.7.1> exit           the turn in which it ends\n"
	 "  break channel if self->score < 0   once a field of the state becomes so\n"
	 "  break message hit if msg.damage > 90\n"
	 "  break alert [LINT]                 where something looked wrong, as actor-trace check\n"
	 "  Without words: lists them.\n",
	 "behaviour actor message sender exit alert if @ # $", debug_break},
	{"watch", "w", "self->FIELD", "Stop after turns that change a field of this actor's state",
	 NULL, NULL, debug_watch},
	{"last-change", "lc", "self->FIELD", "Go back to the turn that gave a field its value",
	 NULL, NULL, debug_last_change},
	{"breakpoints", NULL, "", "List breakpoints", NULL, NULL, debug_breaks},
	{"delete", "d", "[N]", "Delete a breakpoint, or all", NULL, NULL, debug_delete},
	{"where", NULL, "", "Say where this is", NULL, NULL, debug_info},
	{"print", "p", "self|msg|self->FIELD|msg.FIELD|actor NAME [FIELD]",
	 "Print a state or a message by its C type",
	 "  print self          the state of the actor that is about to run\n"
	 "  print self->items[2]\n"
	 "  print msg           its message\n"
	 "  print actor referee the state of another\n",
	 "self msg actor @", debug_print},
	{"mailbox", "m", "[ACTOR]", "List the messages that wait", NULL, "@", debug_mailbox},
	{"links", NULL, "[ACTOR]", "List links, monitors, timers, requests", NULL, "@",
	 debug_links},
	{"road", "r", "[N]", "Show what led to this message", NULL, NULL, debug_road},
	{"list", "l", "[N]", "List the turns of the recording around this one", NULL, NULL,
	 debug_list},
	{"actors", NULL, "[PART]", "List actors by a part of their name or behaviour", NULL, "@ $",
	 debug_actors},
	{"set", NULL, "msg.FIELD = VALUE", "What if the message or the state were another",
	 "  set msg.x = 3\n"
	 "  set self->hp = 0\n"
	 "  The change is made in a copy. It is thrown away by `abandon`; `finish` runs the copy\n"
	 "  to its end and says what would have been different.\n",
	 NULL, debug_set},
	{"drop", NULL, "", "What if this message were lost", NULL, NULL, debug_drop},
	{"reorder", NULL, "N", "What if message N of the mailbox came first", NULL, NULL,
	 debug_reorder},
	{"finish", NULL, "", "Run the what-if to its end and compare it with what was recorded",
	 NULL, NULL, debug_finish},
	{"abandon", NULL, "", "Throw the what-if away", NULL, NULL, debug_abandon},
	{"help", "h", "[COMMAND]", "Say what there is", NULL, "!", debug_help},
	{"quit", "q", "", "Leave", NULL, NULL, debug_quit},
};
const size_t debug_command_count = sizeof(debug_commands) / sizeof(debug_commands[0]);

static void print_command(const struct debug_command *command)
{
	printf("%s %s", command->name, command->usage);
	if (command->alias != NULL)
		printf("   (or %s)", command->alias);
	printf("\n%s.\n", command->summary);
	if (command->help != NULL)
		fputs(command->help, stdout);
}

int debug_help(struct debug *debug, const struct debug_words *words)
{
	if (words->count == 1) {
		for (size_t i = 0; i < debug_command_count; i++)
			printf("  %-17s %-4s %s\n", debug_commands[i].name,
			       debug_commands[i].alias != NULL ? debug_commands[i].alias : "",
			       debug_commands[i].summary);
		puts("help COMMAND says more. An empty line repeats the last command.");
		return 0;
	}
	for (size_t i = 0; i < debug_command_count; i++) {
		const struct debug_command *command = &debug_commands[i];

		if (strcmp(command->name, words->word[1]) == 0 ||
		    (command->alias != NULL && strcmp(command->alias, words->word[1]) == 0)) {
			print_command(command);
			return 0;
		}
	}
	return debug_say(debug, -ENOENT, "there is no command '%s'", words->word[1]);
}

int debug_quit(struct debug *debug, const struct debug_words *words)
{
	(void)words;
	debug->quit = true;
	return 0;
}
