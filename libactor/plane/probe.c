/* SPDX-License-Identifier: MIT */

/*
 * The USDT probes, see actor/probes.h. All of them are here, in a function that runs only while
 * somebody watches, so that each has one place, costs the program nothing, and can afford to look
 * up names.
 *
 * A probe is a no-operation that a tool replaces by a breakpoint, and a note in the section
 * .note.stapsdt that says where it is and where its arguments are. The no-operation has one byte:
 * on some kernels one of five becomes a call that overwrites what a function has below its stack
 * pointer. The notes are those of sys/sdt.h, version 3, which is not needed for them.
 */

#include "plane/ring.h"

#include <actor/pid.h>
#include <actor/probes.h>

/* Of the file, so that the kernel can count in it; zero-initialised data would not be. */
#if defined(__clang__)
#define KEPT_ __attribute__((section(".probes"), used, visibility("hidden")))
#else
#define KEPT_ __attribute__((section(".probes"), used, externally_visible, visibility("hidden")))
#endif
KEPT_ uint64_t ring_semaphores_ = 0;

_Static_assert(ACTOR_PROBE_GROUP_MESSAGES == 0 && ACTOR_PROBE_GROUP_LIVES == 1,
	       "as the notes below say");

static const uint8_t tag_fields[ACTOR_EVENT_COUNT] = {
#define X(number, NAME, name, tag, seq, a, b, c, text) [number] = ACTOR_FIELD_##tag,
	ACTOR_EVENT_MAP(X)
#undef X
};

/* A text of the table is its length, its bytes and a NUL. */
static const char *text_at(const struct plane *plane, uint32_t offset)
{
	return offset == 0 ? "" : plane->strings + offset + sizeof(uint32_t);
}

static const char *type_name(const struct plane *plane, uint16_t number)
{
	if (number == 0 || number > __atomic_load_n(&plane->control->types_used, __ATOMIC_ACQUIRE))
		return "";
	return text_at(plane, plane->types[number].name);
}

static const char *behaviour_name(const struct plane *plane, uint16_t number)
{
	if (number == 0 ||
	    number > __atomic_load_n(&plane->control->behaviours_used, __ATOMIC_ACQUIRE))
		return "";
	return text_at(plane, plane->behaviours[number].name);
}

static const char *tag_name(const struct plane *plane, uint8_t kind, uint16_t tag)
{
	if (kind >= ACTOR_EVENT_COUNT)
		return "";
	switch (tag_fields[kind]) {
	case ACTOR_FIELD_TAG:
		return type_name(plane, tag);
	case ACTOR_FIELD_BEHAVIOUR:
		return behaviour_name(plane, tag);
	default:
		return "";
	}
}

static const char *actor_behaviour_name(const struct plane *plane, uint64_t pid)
{
	uint32_t slot = actor_pid_slot((struct actor_pid){pid});

	if (pid == 0 || slot >= plane->header->region[ACTOR_PLANE_REGION_ACTORS].count)
		return "";
	return behaviour_name(plane,
			      __atomic_load_n(&plane->actors[slot].behaviour, __ATOMIC_RELAXED));
}

/*
 * Registers, so that every tool understands where an argument is. `semaphore` is the number of the
 * probe's group.
 */
#define NOTE_(probe, semaphore)                                                         \
	"990:\tnop\n"                                                                   \
	"\t.pushsection .note.stapsdt, \"\", \"note\"\n"                                \
	"\t.balign 4\n"                                                                 \
	"\t.4byte 992f-991f, 994f-993f, 3\n"                                            \
	"991:\t.asciz \"stapsdt\"\n"                                                    \
	"992:\t.balign 4\n"                                                             \
	"993:\t.8byte 990b\n"                                                           \
	"\t.8byte _.stapsdt.base\n"                                                     \
	"\t.8byte ring_semaphores_ + 2 * (" semaphore ")\n"                             \
	"\t.asciz \"" ACTOR_PROBE_PROVIDER "\"\n"                                       \
	"\t.asciz \"" probe "\"\n"                                                      \
	"\t.asciz \"8@%[name] 8@%[behaviour] 8@%[actor] 8@%[seq] 8@%[a] 8@%[b] 8@%[c] " \
	"8@%[tag] 8@%[flags]\"\n"                                                       \
	"994:\t.balign 4\n"                                                             \
	"\t.popsection\n"                                                               \
	".ifndef _.stapsdt.base\n"                                                      \
	"\t.pushsection .stapsdt.base, \"aG\", \"progbits\", .stapsdt.base, comdat\n"   \
	"\t.weak _.stapsdt.base\n"                                                      \
	"\t.hidden _.stapsdt.base\n"                                                    \
	"_.stapsdt.base: .space 1\n"                                                    \
	"\t.size _.stapsdt.base, 1\n"                                                   \
	"\t.popsection\n"                                                               \
	".endif\n"

#define SITE_(probe, semaphore)                                                 \
	__asm__ volatile(                                                       \
		NOTE_(probe, semaphore)                                         \
		:                                                               \
		: [flags] "r"((uint64_t)flags), [tag] "r"((uint64_t)tag),       \
		  [seq] "r"((uint64_t)seq), [a] "r"(a), [b] "r"(b), [c] "r"(c), \
		  [name] "r"(tag_text), [behaviour] "r"(behaviour_text), [actor] "r"(actor))

__attribute__((noinline, cold)) bool ring_probe(struct ring *ring, uint8_t kind, uint8_t flags,
						uint16_t tag, uint32_t seq, uint64_t a, uint64_t b,
						uint64_t c)
{
	const char *tag_text = tag_name(ring->plane, kind, tag);
	const char *behaviour_text;
	uint64_t actor;

	/* A turn of a thread of the program's own begins with INPUT, and the ring does not say so.
	 */
	if (kind == ACTOR_EVENT_INPUT)
		ring->probe_actor = a;
	else if (kind == ACTOR_EVENT_IDLE)
		ring->probe_actor = 0;
	actor = ring->actor != 0 ? ring->actor : ring->probe_actor;
	behaviour_text = actor_behaviour_name(ring->plane, actor);
	/* The group is a number for the compiler, and must be one for the assembler. */
	switch (kind) {
#define X(number, NAME, name, tag_, seq_, a_, b_, c_, text)                     \
	case number:                                                            \
		if (ACTOR_PROBE_GROUP_OF(number) == ACTOR_PROBE_GROUP_MESSAGES) \
			SITE_(#name, "0");                                      \
		else                                                            \
			SITE_(#name, "1");                                      \
		break;
		ACTOR_EVENT_MAP(X)
#undef X
	default:
		break;
	}
	return (ring->kept >> kind & 1) != 0;
}
