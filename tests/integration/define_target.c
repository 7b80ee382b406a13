/* SPDX-License-Identifier: MIT */
/* A defined actor with a call, a cast of two arguments, and messages that it does not know. */
#include <actor/define.h>

struct pump {
	uint64_t litres;
};
ACTOR_DEFINE(pump, definit(opt(uint64_t, litres, 7)),
	     defcast(fill, arg(uint64_t, litres), arg(uint32_t, times), when(times > 0)),
	     defcall(level, uint64_t));

static int pump_init(struct pump *self, uint64_t litres)
{
	self->litres = litres;
	return ACTOR_CONTINUE;
}

static int pump_handle_fill(struct pump *self, uint64_t litres, uint32_t times)
{
	self->litres += litres * times;
	return ACTOR_CONTINUE;
}

static int pump_handle_level(struct pump *self, uint64_t *reply)
{
	*reply = self->litres;
	return ACTOR_CONTINUE;
}

int main(void)
{
	struct actor_system *system = NULL;
	struct actor_pid pid;
	uint64_t litres = 0;
	int status = actor_system_create(NULL, &system);

	if (status == 0)
		status = pump_start(&pid);
	if (status == 0)
		status = pump_fill(pid, 5, 2);
	for (int i = 0; i < 3 && status == 0; i++)
		status = pump_fill(pid, 5, 0); /* the guard says no */
	if (status == 0)
		status = pump_level(pid, &litres);
	actor_system_destroy(system, ACTOR_SECONDS(1));
	return status == 0 && litres == 17 ? 0 : 1;
}
