/* SPDX-License-Identifier: MIT */

/* Writes docs/PROBES.md from the tables of actor/probes.h and actor/event.h; see page.h. */
#include <stdio.h>

#include <actor/probes.h>

#include "page.h"

static const char introduction[] =
	"# Probes\n"
	"\n"
	"<!-- Made from libactor/include/actor/probes.h by `ninja -C build docs-probes`. -->\n"
	"\n"
	"Every event of a program with actors ([EVENTS.md](EVENTS.md)) is a USDT probe, too, of "
	"the\n"
	"provider `libactor`: for bpftrace, perf, gdb, and for `actor-trace probe`, which needs "
	"nothing\n"
	"but the process's number. They are in every program that is linked with libactor.\n"
	"\n"
	"    bpftrace -l 'usdt:./arena:libactor:*'\n"
	"    readelf -n ./arena\n"
	"    gdb -p PID -ex 'info probes stap libactor'\n"
	"    bpftrace -p PID examples/bpftrace/messages.bt\n"
	"\n"
	"examples/bpftrace has ready scripts. To attach one needs root, or CAP_BPF and "
	"CAP_PERFMON.\n"
	"\n"
	"## Cost\n"
	"\n"
	"Nothing while no tool is attached: a thread reads one word, in which the kernel counts "
	"the\n"
	"tools, once per visit to an actor, and an event that nobody wants is the one branch that "
	"it\n"
	"always was. With a tool, each hit is a breakpoint and costs 0.7 to 1 us; 20,000 hits a "
	"second\n"
	"are 2 % of a core. So it is a way to look at programs that cannot be recorded, at what "
	"is\n"
	"rare, and for a short time at messages; all messages for a long time are `actor-trace "
	"record`,\n"
	"which costs a hundredth of that. The no-operation at a probe has one byte: one of five "
	"is\n"
	"turned into a call by some kernels, which overwrites what the function keeps below its "
	"stack.\n";

static const char *when(int kind)
{
	if ((ACTOR_PROBE_READERS >> kind & 1) != 0)
		return "readers";
	return ACTOR_PROBE_GROUP_OF(kind) == ACTOR_PROBE_GROUP_MESSAGES ? "messages" : "lives";
}

static void probes_page(FILE *page)
{
	fputs(introduction, page);
	fputs("\n## Arguments\n\nAll probes have the same, of 8 bytes each.\n\n", page);
	fputs("| argument | | is |\n|---|---|---|\n", page);
#define X(number, name, text) fprintf(page, "| `arg%d` | %s | %s |\n", number, #name, text);
	ACTOR_PROBE_ARGUMENT_MAP(X)
#undef X
	fputs("\n## Probes\n\n"
	      "Probes of a group share a semaphore: one that is attached to makes the program "
	      "offer\n"
	      "all events of the group, which costs it some 20 ns each, and to stamp its turns, 15 "
	      "ns\n"
	      "each. Those of the group `readers`\n"
	      "are hit only while a recording asks for such events.\n\n"
	      "| probe | says | group | `seq` | `a` | `b` | `c` |\n"
	      "|---|---|---|---|---|---|---|\n",
	      page);
#define X(number, NAME, name, tag, seq, a, b, c, text)                \
	fprintf(page, "| `%s` | %s | %s", #name, text, when(number)); \
	page_field(page, ACTOR_FIELD_##seq);                          \
	page_field(page, ACTOR_FIELD_##a);                            \
	page_field(page, ACTOR_FIELD_##b);                            \
	page_field(page, ACTOR_FIELD_##c);                            \
	fputs(" |\n", page);
	ACTOR_EVENT_MAP(X)
#undef X
}

int main(int argc, char **argv)
{
	return page_main(argc, argv, probes_page, "actor/probes.h", "docs-probes");
}
