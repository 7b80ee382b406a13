/* SPDX-License-Identifier: MIT */
#include "model/columns.h"

#include <string.h>

#include <actor/pid.h>

#include "model/names.h"

static const struct {
	char letter;
	const char *word;
} states[ROW_STATE_COUNT] = {
#define X(NAME, letter, word) [ROW_STATE_##NAME] = {letter, word},
	ROW_STATE_MAP(X)
#undef X
};

char row_state_letter(enum row_state state)
{
	return (unsigned)state < ROW_STATE_COUNT ? states[state].letter : '?';
}

const char *row_state_word(enum row_state state)
{
	return (unsigned)state < ROW_STATE_COUNT ? states[state].word : "unknown";
}

void column_pid_text(uint64_t bits, char *text, size_t size)
{
	struct actor_pid pid = {bits};

	if (bits == 0) {
		snprintf(text, size, "-");
		return;
	}
	snprintf(text, size, "<%u.%u.%u>", actor_pid_node(pid), actor_pid_slot(pid),
		 actor_pid_generation(pid));
}

/* ---- Values ---------------------------------------------------------------------------------- */

static double known_ns(uint64_t ns)
{
	return ns == ROW_UNKNOWN ? NAN : (double)ns;
}

#define NUMBER(name, expression)                           \
	static double number_##name(const struct row *row) \
	{                                                  \
		return expression;                         \
	}

NUMBER(actors, row->actors)
NUMBER(running, row->running)
NUMBER(mailbox, (double)row->mailbox)
NUMBER(mailbox_max, (double)row->mailbox_max)
NUMBER(oldest, known_ns(row->oldest_ns))
NUMBER(in, row->in_rate)
NUMBER(out, row->out_rate)
NUMBER(p50, known_ns(row->p50_ns))
NUMBER(p99, known_ns(row->p99_ns))
NUMBER(wait, known_ns(row->wait_ns))
NUMBER(busy, row->busy)
NUMBER(memory, (double)row->memory)
NUMBER(turn, known_ns(row->turn_ns))
NUMBER(restarts, row->restarts)
NUMBER(age, known_ns(row->age_ns))
NUMBER(handled, (double)row->handled)
NUMBER(sent, (double)row->sent)
NUMBER(time, known_ns(row->busy_ns))

static void text_alert(const struct row *row, const struct names *names, char *text, size_t size)
{
	(void)names;
	snprintf(text, size, "%.1s", row->alert != 0 ? &row->alert : "");
}

static void text_state(const struct row *row, const struct names *names, char *text, size_t size)
{
	(void)names;
	snprintf(text, size, "%s", row_state_word((enum row_state)row->state));
}

static void text_pid(const struct row *row, const struct names *names, char *text, size_t size)
{
	(void)names;
	column_pid_text(row->pid, text, size);
}

static void text_name(const struct row *row, const struct names *names, char *text, size_t size)
{
	names_actor(names, row, text, size);
}

static void text_behaviour(const struct row *row, const struct names *names, char *text,
			   size_t size)
{
	snprintf(text, size, "%s", names_behaviour(names, row->behaviour));
}

static void text_message(const struct row *row, const struct names *names, char *text, size_t size)
{
	snprintf(text, size, "%s", row->tag != 0 ? names_type(names, row->tag) : "");
}

static void text_calling(const struct row *row, const struct names *names, char *text, size_t size)
{
	if (row->waiting_on == 0)
		text[0] = '\0';
	else
		names_pid(names, row->waiting_on, text, size);
}

static void text_parent(const struct row *row, const struct names *names, char *text, size_t size)
{
	if (row->parent == 0)
		text[0] = '\0';
	else
		names_pid(names, row->parent, text, size);
}

/* ---- The table ------------------------------------------------------------------------------- */

#define ACTORS     COLUMN_IN_ACTORS
#define BEHAVIOURS COLUMN_IN_BEHAVIOURS
#define TREE       COLUMN_IN_TREE
#define ALL        COLUMN_IN_ALL

const struct column columns[COLUMN_ID_COUNT] = {
	[COLUMN_ALERT] = {.key = "alert",
			  .title = "!",
			  .json = "alert",
			  .unit = COLUMN_LETTER,
			  .width = 1,
			  .lists = ALL,
			  .priority = 1,
			  .text = text_alert,
			  .help = "letter of the most urgent alert"},
	[COLUMN_PID_ID] = {.key = "pid",
			   .title = "PID",
			   .json = "pid",
			   .unit = COLUMN_PID,
			   .width = 11,
			   .lists = ACTORS,
			   .priority = 9,
			   .rising = true,
			   .text = text_pid,
			   .help = "address of the actor"},
	[COLUMN_NAME] = {.key = "name",
			 .title = "NAME",
			 .json = "name",
			 .unit = COLUMN_TEXT,
			 .width = 12,
			 .lists = ACTORS | TREE,
			 .priority = 0,
			 .rising = true,
			 .text = text_name,
			 .help = "registered name, else label, else behaviour and slot"},
	[COLUMN_BEHAVIOUR] = {.key = "behaviour",
			      .title = "BEHAVIOUR",
			      .json = "behaviour",
			      .unit = COLUMN_TEXT,
			      .width = 10,
			      .lists = ACTORS | BEHAVIOURS,
			      .priority = 8,
			      .rising = true,
			      .text = text_behaviour,
			      .help = "what the actor does"},
	[COLUMN_ACTORS] = {.key = "actors",
			   .title = "ACTORS",
			   .json = "actors",
			   .unit = COLUMN_COUNT,
			   .width = 6,
			   .lists = BEHAVIOURS | TREE,
			   .priority = 1,
			   .number = number_actors,
			   .help = "living actors the line is about"},
	[COLUMN_RUNNING] = {.key = "running",
			    .title = "RUN",
			    .json = "running",
			    .unit = COLUMN_COUNT,
			    .width = 5,
			    .lists = BEHAVIOURS,
			    .priority = 9,
			    .number = number_running,
			    .help = "how many of them run now"},
	[COLUMN_STATE] =
		{.key = "state",
		 .title = "S",
		 .json = "state",
		 .unit = COLUMN_LETTER,
		 .width = 1,
		 .lists = ACTORS | TREE,
		 .priority = 1,
		 .rising = true,
		 .text = text_state,
		 .help = "R running, Q ready, W idle, C blocked in a call, N starting, S "
			 "suspended, O outside (a thread of the program's own), X exiting, Z dead"},
	[COLUMN_MAILBOX] = {.key = "mailbox",
			    .title = "MQ",
			    .json = "mailbox_messages",
			    .unit = COLUMN_COUNT,
			    .width = 5,
			    .lists = ALL,
			    .priority = 1,
			    .number = number_mailbox,
			    .help = "messages in the mailbox"},
	[COLUMN_MAILBOX_MAX] = {.key = "mailbox_max",
				.title = "MQMAX",
				.json = "mailbox_max_messages",
				.unit = COLUMN_COUNT,
				.width = 5,
				.lists = BEHAVIOURS | TREE,
				.priority = 5,
				.number = number_mailbox_max,
				.help = "messages in the longest mailbox"},
	[COLUMN_OLDEST] = {.key = "oldest",
			   .title = "OLDEST",
			   .json = "oldest_ns",
			   .unit = COLUMN_NS,
			   .width = 6,
			   .lists = ACTORS,
			   .priority = 10,
			   .number = number_oldest,
			   .help = "age of the oldest message in the mailbox"},
	[COLUMN_IN] = {.key = "in",
		       .title = "IN/s",
		       .json = "in_per_second",
		       .unit = COLUMN_RATE,
		       .width = 5,
		       .lists = ALL,
		       .priority = 3,
		       .number = number_in,
		       .help = "messages handled a second"},
	[COLUMN_OUT] = {.key = "out",
			.title = "OUT/s",
			.json = "out_per_second",
			.unit = COLUMN_RATE,
			.width = 5,
			.lists = ALL,
			.priority = 6,
			.number = number_out,
			.help = "messages sent a second"},
	[COLUMN_P50] = {.key = "p50",
			.title = "p50",
			.json = "handler_p50_ns",
			.unit = COLUMN_NS,
			.width = 6,
			.lists = ACTORS | BEHAVIOURS,
			.priority = 12,
			.events = true,
			.number = number_p50,
			.help = "half of the turns are shorter"},
	[COLUMN_P99] = {.key = "p99",
			.title = "p99",
			.json = "handler_p99_ns",
			.unit = COLUMN_NS,
			.width = 6,
			.lists = ACTORS | BEHAVIOURS,
			.priority = 5,
			.events = true,
			.number = number_p99,
			.help = "99 of 100 turns are shorter"},
	[COLUMN_WAIT] = {.key = "wait",
			 .title = "WAIT",
			 .json = "wait_p99_ns",
			 .unit = COLUMN_NS,
			 .width = 6,
			 .lists = ACTORS | BEHAVIOURS,
			 .priority = 6,
			 .events = true,
			 .number = number_wait,
			 .help = "99 of 100 messages wait less in the mailbox"},
	[COLUMN_BUSY] = {.key = "busy",
			 .title = "BUSY%",
			 .json = "busy_percent",
			 .unit = COLUMN_SHARE,
			 .width = 5,
			 .lists = ALL,
			 .priority = 2,
			 .number = number_busy,
			 .help = "share of one scheduler"},
	[COLUMN_MEMORY] = {.key = "memory",
			   .title = "MEM",
			   .json = "memory_bytes",
			   .unit = COLUMN_BYTES,
			   .width = 5,
			   .lists = ALL,
			   .priority = 5,
			   .number = number_memory,
			   .help = "state and what was allocated for it"},
	[COLUMN_MESSAGE] = {.key = "message",
			    .title = "MESSAGE",
			    .json = "message",
			    .unit = COLUMN_TEXT,
			    .width = 13,
			    .lists = ACTORS,
			    .priority = 11,
			    .rising = true,
			    .text = text_message,
			    .help = "type of the message that is being handled"},
	[COLUMN_FOR] = {.key = "for",
			.title = "FOR",
			.json = "turn_ns",
			.unit = COLUMN_NS,
			.width = 6,
			.lists = ACTORS,
			.priority = 7,
			.number = number_turn,
			.help = "how long this turn, or the call in it, has been going on"},
	[COLUMN_CALLING] = {.key = "calling",
			    .title = "CALLING",
			    .json = "calling",
			    .unit = COLUMN_TEXT,
			    .width = 12,
			    .lists = ACTORS,
			    .priority = 13,
			    .rising = true,
			    .text = text_calling,
			    .help = "whose reply it waits for"},
	[COLUMN_RESTARTS] = {.key = "restarts",
			     .title = "RST",
			     .json = "restarts",
			     .unit = COLUMN_COUNT,
			     .width = 4,
			     .lists = ALL,
			     .priority = 11,
			     .number = number_restarts,
			     .help = "how often its supervisor has replaced it"},
	[COLUMN_AGE] = {.key = "age",
			.title = "AGE",
			.json = "age_ns",
			.unit = COLUMN_NS,
			.width = 6,
			.lists = ACTORS,
			.priority = 14,
			.number = number_age,
			.help = "since it was spawned, if somebody watched then"},
	[COLUMN_HANDLED] = {.key = "handled",
			    .title = "HANDLED",
			    .json = "handled_messages",
			    .unit = COLUMN_COUNT,
			    .width = 7,
			    .lists = ALL,
			    .priority = 15,
			    .number = number_handled,
			    .help = "messages handled, ever"},
	[COLUMN_SENT] = {.key = "sent",
			 .title = "SENT",
			 .json = "sent_messages",
			 .unit = COLUMN_COUNT,
			 .width = 6,
			 .lists = ALL,
			 .priority = 16,
			 .number = number_sent,
			 .help = "messages sent, ever"},
	[COLUMN_TIME] = {.key = "time",
			 .title = "TIME+",
			 .json = "busy_ns",
			 .unit = COLUMN_NS,
			 .width = 6,
			 .lists = ALL,
			 .priority = 15,
			 .number = number_time,
			 .help = "time it has run while somebody watched"},
	[COLUMN_PARENT] = {.key = "parent",
			   .title = "PARENT",
			   .json = "parent",
			   .unit = COLUMN_TEXT,
			   .width = 12,
			   .lists = ACTORS,
			   .priority = 17,
			   .rising = true,
			   .text = text_parent,
			   .help = "who spawned it"},
};

enum column_id column_find(const char *key)
{
	for (unsigned i = 0; i < COLUMN_ID_COUNT; i++)
		if (strcmp(columns[i].key, key) == 0)
			return (enum column_id)i;
	return COLUMN_ID_COUNT;
}

static int compare_numbers(double a, double b)
{
	if (isnan(a) || isnan(b))
		return isnan(b) - isnan(a);
	return (a > b) - (a < b);
}

int column_compare(const struct column *column, const struct names *names, const struct row *a,
		   const struct row *b)
{
	char left[NAMES_TEXT], right[NAMES_TEXT];

	if (column->unit == COLUMN_PID)
		return (a->pid > b->pid) - (a->pid < b->pid);
	if (column->number != NULL)
		return compare_numbers(column->number(a), column->number(b));
	column->text(a, names, left, sizeof(left));
	column->text(b, names, right, sizeof(right));
	return strcmp(left, right);
}

uint64_t column_rank(const struct column *column, const struct names *names, const struct row *row)
{
	char text[NAMES_TEXT] = "";
	uint64_t rank = 0;
	double value;

	if (column->unit == COLUMN_PID)
		return row->pid;
	if (column->number != NULL) {
		value = column->number(row);
		if (isnan(value) || value < 0)
			return 0;
		/* Numbers that are not negative have the order of their bits. */
		memcpy(&rank, &value, sizeof(rank));
		return rank + 1;
	}
	column->text(row, names, text, sizeof(text));
	for (int i = 0; i < 8 && text[i] != '\0'; i++)
		rank |= (uint64_t)(unsigned char)text[i] << (56 - 8 * i);
	return rank;
}
