/* SPDX-License-Identifier: MIT */

/*
 * folded: stacks for flame graphs. A frame is a behaviour and the type of message it handles; below
 * it is what sent that message. The width is running time.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export/export.h"
#include "export/story.h"
#include "store/pidmap.h"
#include "term/text.h"

#define FRAME_SIZE 192
#define DEPTH_MAX  128 /* what is deeper counts for its ancestor there */

/* A stack: its last frame and the stack below. Number 0 is the empty one. */
struct stack {
	uint32_t below;
	uint32_t frame;
	uint32_t depth;
	uint64_t run_ns;
};

struct folded {
	struct source *source;
	struct pidmap frame_numbers; /* uint32_t, by (hash of the text) */
	struct pidmap stack_numbers; /* uint32_t, by (below, frame) */
	char (*frames)[FRAME_SIZE];
	struct stack *stacks;
	size_t frame_count;
	size_t stack_count;
	bool failed;
};

/* Makes room for one more; a count that is a power of two is where the array is full. */
static void *grow(struct folded *folded, void *array, size_t count, size_t size)
{
	void *larger = array;

	if ((count & (count - 1)) == 0)
		larger = realloc(array, (count == 0 ? 1 : 2 * count) * size);
	folded->failed |= larger == NULL;
	return larger;
}

/* A semicolon separates frames. */
static void make_frame(struct folded *folded, const struct turn *turn, char frame[FRAME_SIZE])
{
	const char *type = trace_type(folded->source->trace, turn->tag);
	char text[2 * FRAME_SIZE];

	snprintf(text, sizeof(text), "%.80s:%.80s", source_group(folded->source, turn->actor),
		 type[0] != '\0' ? type : story_kind(turn));
	text_safe(text, frame, FRAME_SIZE);
	for (char *at = frame; *at != '\0'; at++)
		if (*at == ';')
			*at = ',';
}

static uint32_t frame_of(struct folded *folded, const struct turn *turn)
{
	char frame[FRAME_SIZE];
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	uint32_t *number;
	void *frames;
	bool fresh;

	make_frame(folded, turn, frame);
	for (const char *at = frame; *at != '\0'; at++)
		hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
	number = pidmap_put(&folded->frame_numbers, hash, 0, &fresh);
	if (number == NULL) {
		folded->failed = true;
		return 0;
	}
	if (!fresh)
		return *number;
	frames = grow(folded, folded->frames, folded->frame_count, sizeof(*folded->frames));
	if (frames == NULL)
		return 0;
	folded->frames = frames;
	*number = (uint32_t)folded->frame_count;
	memcpy(folded->frames[folded->frame_count++], frame, FRAME_SIZE);
	return *number;
}

static uint32_t add_stack(struct folded *folded, uint32_t below, uint32_t frame)
{
	void *stacks = grow(folded, folded->stacks, folded->stack_count, sizeof(*folded->stacks));

	if (stacks == NULL)
		return 0;
	folded->stacks = stacks;
	folded->stacks[folded->stack_count] = (struct stack){
		.below = below,
		.frame = frame,
		.depth = folded->stack_count == 0 ? 0 : folded->stacks[below].depth + 1,
	};
	return (uint32_t)folded->stack_count++;
}

/* An actor that sends to itself would make a stack without end: a frame stands in it only once. */
static uint64_t begin(void *user, const struct turn *turn)
{
	struct folded *folded = user;
	uint32_t below = (uint32_t)turn->chain;
	uint32_t frame = frame_of(folded, turn);
	uint32_t *number;
	bool fresh;

	if (folded->failed)
		return 0;
	for (uint32_t at = below; at != 0; at = folded->stacks[at].below)
		if (folded->stacks[at].frame == frame)
			return at;
	if (folded->stacks[below].depth == DEPTH_MAX)
		return below;
	number = pidmap_put(&folded->stack_numbers, below, frame, &fresh);
	if (number == NULL) {
		folded->failed = true;
		return 0;
	}
	if (fresh)
		*number = add_stack(folded, below, frame);
	return *number;
}

static int take_turn(void *user, const struct story_turn *told)
{
	struct folded *folded = user;
	const struct turn *turn = &told->turn;

	if (folded->failed)
		return -ENOMEM;
	folded->stacks[turn->chain].run_ns +=
		(uint64_t)clock_span_ns(&folded->source->trace->clock, turn->start, turn->run);
	return 0;
}

static void print_stack(const struct folded *folded, FILE *file, uint32_t number)
{
	uint32_t path[DEPTH_MAX + 1];
	size_t depth = 0;

	for (uint32_t at = number; at != 0; at = folded->stacks[at].below)
		path[depth++] = folded->stacks[at].frame;
	while (depth-- > 0)
		fprintf(file, "%s%s", folded->frames[path[depth]], depth > 0 ? ";" : "");
	fprintf(file, " %" PRIu64 "\n", folded->stacks[number].run_ns);
}

static int run(struct export *export)
{
	struct folded folded = {.source = export->source};
	const struct story_sink sink = {.user = &folded, .begin = begin, .turn = take_turn};
	int status;

	pidmap_init(&folded.frame_numbers, sizeof(uint32_t));
	pidmap_init(&folded.stack_numbers, sizeof(uint32_t));
	add_stack(&folded, 0, 0);
	status = folded.failed ? -ENOMEM : story_tell(export->source, &sink);
	for (uint32_t i = 1; status == 0 && i < folded.stack_count; i++)
		if (folded.stacks[i].run_ns > 0)
			print_stack(&folded, export->output->file, i);
	pidmap_finish(&folded.frame_numbers);
	pidmap_finish(&folded.stack_numbers);
	free(folded.frames);
	free(folded.stacks);
	return status;
}

const struct export_format export_folded = {
	.name = "folded",
	.extension = ".folded",
	.kind = OUTPUT_TEXT,
	.summary = "Stacks for flame graphs: running time by causal chain",
	.text = "One line for each causal chain, as flamegraph.pl, inferno and speedscope read "
		"them: behaviour and type of message of each link, from the input or timer that "
		"began it, then the running time in nanoseconds that the last link took. A link "
		"that comes again in a chain goes back to where it was first.",
	.run = run,
};
