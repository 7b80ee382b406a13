/* SPDX-License-Identifier: MIT */
#include "record/record.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "command.h"

/* 1234567 as 1,234,567. */
static const char *grouped(uint64_t number, char text[32])
{
	char plain[24];
	int length = snprintf(plain, sizeof(plain), "%llu", (unsigned long long)number);
	char *out = text;

	for (int i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			*out++ = ',';
		*out++ = plain[i];
	}
	*out = '\0';
	return text;
}

void tell_death(const struct recording *recording, enum ending ending)
{
	if (recording->reaped && recording->child_code != CLD_EXITED)
		command_fail(0, recording->name,
			     "the program died of signal %d (%s); actor-trace info tells what ran",
			     recording->child_status, strsignal(recording->child_status));
	else if (!recording->launched && ending == ENDING_PROGRAM &&
		 plane_view_life(recording->plane) == PLANE_DEAD)
		command_fail(0, recording->name, "the program died");
}

/* Where, how much and why. */
static void tell_losses(const struct recording *recording)
{
	struct capture_loss loss;

	for (size_t i = 0; capture_loss(recording->capture, i, &loss) == 0; i++) {
		char events[32], what[96], where[32] = "threads without a ring";

		if (loss.thread < ACTOR_PLANE_THREADS_MAX)
			snprintf(where, sizeof(where), "thread %u", loss.thread);
		snprintf(what, sizeof(what), "%s%s", grouped(loss.events, events),
			 loss.unknown ? " events and an unknown number more" : " events");
		if (loss.unknown && loss.events == 0)
			snprintf(what, sizeof(what), "an unknown number of events");
		command_fail(0, recording->name, "lost of %s: %s in %llu gap%s (%s)", where, what,
			     (unsigned long long)loss.gaps, loss.gaps == 1 ? "" : "s", loss.reason);
	}
}

/* What the kernel's view has brought, and what it has cost. */
static void tell_kernel(const struct recording *recording)
{
	struct kernel_view_totals totals;
	double seconds = (double)recording->output.totals.duration_ns / 1e9;
	char offs[32], faults[32], samples[64] = "", lost[32], text[32];

	kernel_view_totals(recording->kernel, &totals);
	if (recording->options->profile_hz != 0)
		snprintf(samples, sizeof(samples), ", %s samples", grouped(totals.samples, text));
	command_fail(0, recording->name,
		     "the kernel: %s times off a CPU, %s page faults%s, %s records lost; its part "
		     "took %.1f ms, %.2f %% of a CPU",
		     grouped(totals.offs, offs), grouped(totals.faults, faults), samples,
		     grouped(totals.lost, lost), (double)totals.run_ns / 1e6,
		     seconds > 0 ? (double)totals.run_ns / 1e7 / seconds : 0.0);
	if (totals.skipped > 0)
		command_fail(
			0, recording->name,
			"%s of the times blocked have no stack: there were too many in a second",
			grouped(totals.skipped, text));
}

void tell_summary(const struct recording *recording)
{
	const struct record_files *output = &recording->output;
	const struct trace_totals *totals = &output->totals;
	uint64_t omitted = capture_omitted(recording->capture);
	char events[32], actors[32], lost[32], left[32], files[64] = "", out[64] = "";

	if (output->segment > 1)
		snprintf(files, sizeof(files), " (the last of %u files)", output->segment);
	if (omitted > 0)
		snprintf(out, sizeof(out), ", %s left out", grouped(omitted, left));
	tell_losses(recording);
	if (recording->kernel != NULL)
		tell_kernel(recording);
	command_fail(0, recording->name,
		     "%s%s: %s events, %s actors, %.1f s, %s lost%s%s; next: actor-trace info %s",
		     output->path, files, grouped(totals->events, events),
		     grouped(totals->actors, actors), (double)totals->duration_ns / 1e9,
		     grouped(totals->lost, lost),
		     capture_lapses(recording->capture) > 0 ? " and an unknown number more" : "",
		     out, output->path);
}
