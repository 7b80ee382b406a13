/* SPDX-License-Identifier: MIT */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <actor/probes.h>

#include "kernel/probe_view.h"
#include "store/layout.h"
#include "store/trace.h"
#include "term/number.h"
#include "term/table.h"
#include "term/text.h"
#include "term/time.h"

#define NAME        "probe"
#define ROWS        30
#define STREAM_RATE 100
#define POLL_MS     100

struct row {
	struct probe_key key;
	struct probe_value value;
	char name[PROBE_NAME_SIZE];
	char behaviour[PROBE_NAME_SIZE];
};

struct probe_command {
	struct probe_view_options options;
	int64_t duration_ns; /* 0: until interrupted */
	bool json;
	struct row *rows;
	size_t count;
	size_t room;
	bool failed;
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	(void)number;
	interrupted = 1;
}

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- Single events ----------------------------------------------------------------------------
 */

static void print_event(void *context, const struct probe_event *event)
{
	const struct probe_command *probe = context;
	const char *kind = event_kind_name(event->kind);
	char pid[32];

	trace_format_pid(event->actor, pid);
	if (probe->json) {
		printf("{\"event\":\"%s\",\"monotonic_ns\":%" PRIu64 ",\"tid\":%u,\"actor\":\"%s\"",
		       kind != NULL ? kind : "?", (uint64_t)event->time_ns, event->tid, pid);
		printf(",\"behaviour\":");
		text_print_json(stdout, event->behaviour);
		printf(",\"type\":");
		text_print_json(stdout, event->name);
		printf(",\"seq\":%u,\"a\":%" PRIu64 ",\"b\":%" PRIu64 ",\"c\":%" PRIu64 "}\n",
		       event->seq, (uint64_t)event->a, (uint64_t)event->b, (uint64_t)event->c);
	} else {
		printf("%" PRIu64 ".%06" PRIu64 " %-12s %s ", (uint64_t)event->time_ns / 1000000000,
		       (uint64_t)event->time_ns / 1000 % 1000000, kind != NULL ? kind : "?", pid);
		text_print(stdout, event->behaviour);
		putchar(' ');
		text_print(stdout, event->name);
		printf(" seq=%u\n", event->seq);
	}
	fflush(stdout);
}

/* ---- Sums -------------------------------------------------------------------------------------
 */

static void keep_row(void *context, const struct probe_key *key, const char *name,
		     const char *behaviour, const struct probe_value *value)
{
	struct probe_command *probe = context;
	struct row *row;

	if (probe->count == probe->room) {
		size_t room = probe->room == 0 ? 64 : 2 * probe->room;
		struct row *rows = realloc(probe->rows, room * sizeof(*rows));

		if (rows == NULL) {
			probe->failed = true;
			return;
		}
		probe->rows = rows;
		probe->room = room;
	}
	row = &probe->rows[probe->count++];
	row->key = *key;
	row->value = *value;
	snprintf(row->name, sizeof(row->name), "%s", name);
	snprintf(row->behaviour, sizeof(row->behaviour), "%s", behaviour);
}

static int by_count(const void *a, const void *b)
{
	const struct row *x = a;
	const struct row *y = b;

	if (x->value.count != y->value.count)
		return x->value.count < y->value.count ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* The upper bound of the bucket below which that part of all times lies. */
static uint64_t quantile(const struct probe_histogram *histogram, double fraction)
{
	uint64_t wanted = (uint64_t)((double)histogram->count * fraction);
	uint64_t seen = 0;

	for (unsigned i = 0; i < PROBE_BUCKETS; i++) {
		seen += histogram->bucket[i];
		if (seen > wanted)
			return UINT64_C(1) << i;
	}
	return 0;
}

static void print_row_json(const struct row *row)
{
	const char *kind = event_kind_name((uint8_t)row->key.kind);
	const struct {
		const char *name;
		const struct probe_histogram *histogram;
	} times[] = {{"waited", &row->value.waited}, {"ran", &row->value.ran}};

	printf("{\"event\":\"%s\",\"behaviour\":", kind != NULL ? kind : "?");
	text_print_json(stdout, row->behaviour);
	printf(",\"type\":");
	text_print_json(stdout, row->name);
	printf(",\"count\":%" PRIu64, (uint64_t)row->value.count);
	for (size_t i = 0; i < 2; i++) {
		const struct probe_histogram *histogram = times[i].histogram;

		if (histogram->count == 0)
			continue;
		printf(",\"%s_count\":%" PRIu64 ",\"%s_sum_ns\":%" PRIu64 ",\"%s_p50_ns\":%" PRIu64
		       ",\"%s_p99_ns\":%" PRIu64,
		       times[i].name, (uint64_t)histogram->count, times[i].name,
		       (uint64_t)histogram->sum_ns, times[i].name, quantile(histogram, 0.5),
		       times[i].name, quantile(histogram, 0.99));
	}
	printf("}\n");
}

static void time_text(const struct probe_histogram *histogram, double fraction, char *text)
{
	if (histogram->count == 0)
		snprintf(text, NUMBER_SIZE, "-");
	else
		number_ns((int64_t)quantile(histogram, fraction), text);
}

static void print_rows(const struct probe_command *probe)
{
	static const char *const names[] = {"event",      "behaviour", "type",    "count",
					    "waited p50", "p99",       "ran p50", "p99"};
	static const bool right[] = {false, false, false, true, true, true, true, true};
	struct table *table = table_create(stdout, 8, 0);

	if (table == NULL)
		return;
	table_header(table, names);
	for (size_t i = 0; i < probe->count && i < ROWS; i++) {
		const struct row *row = &probe->rows[i];
		const char *kind = event_kind_name((uint8_t)row->key.kind);
		char text[5][NUMBER_SIZE];
		const char *cells[] = {kind != NULL ? kind : "?",
				       row->behaviour,
				       row->name,
				       text[0],
				       text[1],
				       text[2],
				       text[3],
				       text[4]};

		number_count(row->value.count, text[0]);
		time_text(&row->value.waited, 0.5, text[1]);
		time_text(&row->value.waited, 0.99, text[2]);
		time_text(&row->value.ran, 0.5, text[3]);
		time_text(&row->value.ran, 0.99, text[4]);
		table_row(table, cells, right);
	}
	table_destroy(table);
	if (probe->count > ROWS)
		printf("and %zu more; --json has all\n", probe->count - ROWS);
}

/* Rows, and on stderr what they do not hold. */
static int print_sums(struct probe_command *probe, struct probe_view *view)
{
	struct probe_totals totals = probe_view_totals(view);

	if (probe_view_sums(view, keep_row, probe) != 0 || probe->failed)
		return command_fail(COMMAND_TROUBLE, NAME, "out of memory");
	qsort(probe->rows, probe->count, sizeof(*probe->rows), by_count);
	if (probe->json)
		for (size_t i = 0; i < probe->count; i++)
			print_row_json(&probe->rows[i]);
	else
		print_rows(probe);
	command_fail(0, NAME,
		     "%" PRIu64 " hits%s; times are those of powers of two, and with the "
		     "probes' own cost",
		     totals.hits, totals.hits == 0 ? " (did anything happen meanwhile?)" : "");
	if (totals.uncounted > 0)
		command_fail(0, NAME,
			     "%" PRIu64 " hits have no row: there are too many types and "
			     "behaviours",
			     totals.uncounted);
	if (totals.withheld > 0 || totals.lost > 0)
		command_fail(0, NAME,
			     "%" PRIu64 " events were not shown, %" PRIu64 " of them for "
			     "want of room; they are counted; --stream=N shows more",
			     totals.withheld + totals.lost, totals.lost);
	return COMMAND_OK;
}

static int watch(struct probe_command *probe)
{
	struct probe_view *view;
	char error[1024];
	int64_t end;
	int status = probe_view_open(&probe->options, &view, error, sizeof(error));

	if (status != 0)
		return command_fail(status == -ENOENT || status == -EPERM ? COMMAND_NO_TARGET
									  : COMMAND_TROUBLE,
				    NAME, "%s", error);
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	command_fail(0, NAME, "attached to process %u; %s", probe->options.pid,
		     probe->duration_ns > 0 ? "the sums come at the end" : "^C prints the sums");
	end = now_ns() + probe->duration_ns;
	while (!interrupted && (probe->duration_ns == 0 || now_ns() < end) &&
	       (kill((pid_t)probe->options.pid, 0) == 0 || errno == EPERM))
		probe_view_poll(view, POLL_MS, print_event, probe);
	probe_view_poll(view, 0, print_event, probe);
	status = print_sums(probe, view);
	probe_view_close(view);
	free(probe->rows);
	return status;
}

/* "send,recv" to bits. */
static bool parse_kinds(const char *text, uint64_t *ret_kinds)
{
	uint64_t kinds = 0;

	while (*text != '\0') {
		size_t length = strcspn(text, ",");
		uint64_t found = 0;

		for (uint8_t kind = 1; kind < ACTOR_EVENT_COUNT; kind++) {
			const char *name = event_kind_name(kind);

			if (name != NULL && strlen(name) == length &&
			    strncmp(name, text, length) == 0)
				found = UINT64_C(1) << kind;
		}
		if (found == 0)
			return false;
		kinds |= found;
		text += length + (text[length] == ',');
	}
	*ret_kinds = kinds;
	return kinds != 0;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{"duration", required_argument, NULL, 'd'},
		{"events", required_argument, NULL, 'e'},
		{"stream", optional_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{NULL, 0, NULL, 0},
	};
	struct probe_command probe = {.options.kinds = ((UINT64_C(1) << ACTOR_EVENT_COUNT) - 2) &
						       ~ACTOR_PROBE_READERS};
	bool right = true;
	char *end;
	long number;
	int option;

	while (right && (option = getopt_long(argc, argv, "d:", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			right = time_parse(optarg, &probe.duration_ns) && probe.duration_ns > 0;
			break;
		case 'e':
			right = parse_kinds(optarg, &probe.options.kinds);
			break;
		case 's':
			number = optarg != NULL ? strtol(optarg, &end, 10) : STREAM_RATE;
			right = number > 0 && (optarg == NULL || *end == '\0');
			probe.options.stream_rate = (uint64_t)number;
			break;
		case 'j':
			probe.json = true;
			break;
		default:
			return command_bad_option(NAME, argv);
		}
	}
	if (!right)
		return command_fail(COMMAND_TROUBLE, NAME,
				    "'%s' is not understood; give a time as 10 or 500ms, events as "
				    "recv,spawn (docs/PROBES.md), and a rate as 1000",
				    optarg);
	errno = 0;
	number = optind + 1 == argc ? strtol(argv[optind], &end, 10) : 0;
	if (number <= 0 || number > INT32_MAX || *end != '\0')
		return command_fail(COMMAND_TROUBLE, NAME, "give one process: " NAME " %s",
				    command_probe.usage);
	probe.options.pid = (uint32_t)number;
	return watch(&probe);
}

const struct command command_probe = {
	.name = NAME,
	.usage = "PID [-d TIME] [--events LIST] [--stream[=N]] [--json]",
	.summary = "Count what a program does that cannot be recorded, by its USDT probes",
	.help = "  -d, --duration TIME  so long; else until ^C, or until the program ends\n"
		"      --events LIST    only these, such as recv,spawn; else all (docs/PROBES.md)\n"
		"      --stream[=N]     single events, too, at most N (100) a second\n"
		"      --json           an object for each row and event\n"
		"\n"
		"For programs whose plane is out of reach: in another container, of another user.\n"
		"The kernel counts, by event, behaviour and message type, and sums up how long\n"
		"messages waited and turns ran. Each hit costs the program about 1 us. Needs "
		"root,\n"
		"or CAP_BPF and CAP_PERFMON, and CAP_SYS_PTRACE for programs of other users.\n",
	.run = run,
};
