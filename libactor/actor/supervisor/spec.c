/* SPDX-License-Identifier: MIT */
/* How to start a child: copied for the supervisor, and packed into a message to it. */
#include <string.h>

#include "actor/supervisor/supervisor.h"
#include "actor/system.h"

#define SHUTDOWN_DEFAULT ACTOR_SECONDS(5)

static int check(const struct actor_child *child, enum actor_auto_shutdown auto_shutdown)
{
	if (child->id == NULL || child->id[0] == '\0' || strlen(child->id) > REGISTRY_NAME_MAX ||
	    child->behaviour == NULL || (child->argument == NULL && child->argument_size != 0) ||
	    (unsigned)child->restart > ACTOR_TEMPORARY || child->backoff.jitter_percent > 100)
		return ACTOR_EINVALID;
	/* As in OTP: a permanent child never ends by itself, and somebody must act on it. */
	if (child->significant &&
	    (child->restart == ACTOR_PERMANENT || auto_shutdown == ACTOR_AUTO_SHUTDOWN_NEVER))
		return ACTOR_EINVALID;
	return child->argument_size > ACTOR_PAYLOAD_MAX ? ACTOR_ETOO_LARGE : 0;
}

static uint64_t shutdown_of(const struct actor_child *child)
{
	if (child->shutdown_ns != 0)
		return child->shutdown_ns;
	return child->behaviour == &supervisor_behaviour ? ACTOR_FOREVER : SHUTDOWN_DEFAULT;
}

int spec_create(const struct actor_child *child, enum actor_auto_shutdown auto_shutdown,
		struct spec **ret_spec)
{
	struct spec *spec;
	size_t length;
	int status = check(child, auto_shutdown);

	if (status != 0)
		return status;
	length = strlen(child->id);
	spec = actor_alloc(sizeof(*spec));
	if (spec == NULL)
		return ACTOR_ENO_MEMORY;
	spec->id = actor_alloc(length + 1);
	spec->argument = actor_alloc(child->argument_size + 1);
	if (spec->id == NULL || spec->argument == NULL) {
		spec_destroy(spec);
		return ACTOR_ENO_MEMORY;
	}
	memcpy(spec->id, child->id, length + 1);
	if (child->argument_size != 0)
		memcpy(spec->argument, child->argument, child->argument_size);
	spec->id_string = plane_string(&thread_self()->system->plane, child->id, length);
	spec->behaviour = child->behaviour;
	spec->argument_size = child->argument_size;
	spec->shutdown_ns = shutdown_of(child);
	spec->backoff = child->backoff;
	spec->restart = child->restart;
	spec->named = child->named;
	spec->detached = child->detached;
	spec->outside = child->outside;
	spec->significant = child->significant;
	*ret_spec = spec;
	return 0;
}

struct spec *spec_destroy(struct spec *spec)
{
	if (spec == NULL)
		return NULL;
	actor_free(spec->id);
	actor_free(spec->argument);
	return actor_free(spec);
}

/* ---- In a message ------------------------------------------------------------------------------
 */

enum packed_flag {
	PACKED_NAMED = 1,
	PACKED_DETACHED = 2,
	PACKED_OUTSIDE = 4,
	PACKED_SIGNIFICANT = 8
};

/*
 * Then the id with its NUL, then the argument. A recording compares bytes, so there is no address
 * in it: the behaviour is given by its distance from another object of the program, which is the
 * same in every run of a statically linked one.
 */
struct packed {
	int64_t behaviour;
	uint64_t shutdown_ns;
	uint64_t backoff_min_ns;
	uint64_t backoff_max_ns;
	uint32_t backoff_jitter_percent;
	uint32_t restart;
	uint32_t flags;
	uint32_t id_size; /* with its NUL, and up to a multiple of 8 */
	uint64_t argument_size;
};

static uintptr_t origin(void)
{
	return (uintptr_t)&supervisor_behaviour;
}

static uint32_t id_size(const struct actor_child *child)
{
	return ((uint32_t)strlen(child->id) + 1 + 7) & ~7u;
}

int spec_packed_size(const struct actor_child *child, size_t *ret_size)
{
	size_t size;
	int status;

	if (child == NULL)
		return ACTOR_EINVALID;
	/* Whether a significant child is allowed here, the supervisor knows. */
	status = check(child, ACTOR_AUTO_SHUTDOWN_ANY);
	if (status != 0)
		return status;
	size = sizeof(struct packed) + id_size(child) + child->argument_size;
	if (size > ACTOR_PAYLOAD_MAX)
		return ACTOR_ETOO_LARGE;
	*ret_size = size;
	return 0;
}

void spec_pack(const struct actor_child *child, void *bytes)
{
	struct packed *packed = bytes;
	char *id = (char *)(packed + 1);

	packed->behaviour = (int64_t)((uintptr_t)child->behaviour - origin());
	packed->shutdown_ns = child->shutdown_ns;
	packed->backoff_min_ns = child->backoff.min_ns;
	packed->backoff_max_ns = child->backoff.max_ns;
	packed->backoff_jitter_percent = child->backoff.jitter_percent;
	packed->restart = (uint32_t)child->restart;
	packed->flags = (child->named ? PACKED_NAMED : 0u) |
			(child->detached ? PACKED_DETACHED : 0u) |
			(child->outside ? PACKED_OUTSIDE : 0u) |
			(child->significant ? PACKED_SIGNIFICANT : 0u);
	packed->id_size = id_size(child);
	packed->argument_size = child->argument_size;
	memset(id, 0, packed->id_size);
	memcpy(id, child->id, strlen(child->id));
	if (child->argument_size != 0)
		memcpy(id + packed->id_size, child->argument, child->argument_size);
}

int spec_unpack(const void *bytes, size_t size, struct actor_child *ret_child)
{
	const struct packed *packed = bytes;
	const char *id = (const char *)(packed + 1);

	if (size < sizeof(*packed) || packed->id_size == 0 ||
	    packed->id_size > size - sizeof(*packed) ||
	    packed->argument_size != size - sizeof(*packed) - packed->id_size ||
	    id[packed->id_size - 1] != '\0')
		return ACTOR_EINVALID;
	memset(ret_child, 0, sizeof(*ret_child));
	ret_child->id = id;
	ret_child->behaviour =
		(const struct actor_behaviour *)(origin() + (uintptr_t)packed->behaviour);
	ret_child->argument = packed->argument_size != 0 ? id + packed->id_size : NULL;
	ret_child->argument_size = packed->argument_size;
	ret_child->restart = (enum actor_restart)packed->restart;
	ret_child->shutdown_ns = packed->shutdown_ns;
	ret_child->named = packed->flags & PACKED_NAMED;
	ret_child->detached = packed->flags & PACKED_DETACHED;
	ret_child->outside = packed->flags & PACKED_OUTSIDE;
	ret_child->significant = packed->flags & PACKED_SIGNIFICANT;
	ret_child->backoff.min_ns = packed->backoff_min_ns;
	ret_child->backoff.max_ns = packed->backoff_max_ns;
	ret_child->backoff.jitter_percent = packed->backoff_jitter_percent;
	return 0;
}
