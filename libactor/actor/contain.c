/* SPDX-License-Identifier: MIT */
#include "actor/contain.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "actor/log.h"
#include "actor/system.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CONTAIN_SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONTAIN_SANITIZED 1
#endif
/* The sanitizers keep books about frames, which a stack that is left behind would upset. */
#if defined(LIBACTOR_FUNCTION_TABLE) && !defined(CONTAIN_SANITIZED) && \
	(defined(__x86_64__) || defined(__aarch64__))
#define CONTAIN 1
#endif

#ifndef CONTAIN

int contain_begin(void)
{
	return ACTOR_EUNSUPPORTED;
}

void contain_end(void)
{
}

bool contain_enter(struct thread *thread)
{
	(void)thread;
	return false;
}

void contain_leave(struct thread *thread)
{
	(void)thread;
}

void contain_base(struct thread *thread, void *frame)
{
	(void)thread;
	(void)frame;
}

#else

#define PLACE_SIZE ((size_t)64 << 10) /* a signal frame with all of AVX-512, and the unwinder */
#define DEEP       64                 /* frames looked at */
/* Below a frame that is still needed. */
#define APART      512u

/* What stands before each function's entry. */
#ifdef __x86_64__
#define NOP_SIZE 1
#else
#define NOP_SIZE 4
#endif

/* A thread's: the stack of its signal handler, and what that has noted. At the stack's low end. */
struct fault {
	int signal;
	bool overflow; /* it ran over the end of its stack */
	const void *address;
	const void *pc;
	void *base; /* NULL: a scheduler */
};

static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

/* Dispositions belong to the process, whatever number of systems it has. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned users;
static struct sigaction before[SIGNALS];
/* All functions of the runtime, sorted; constant while there are users. */
static uintptr_t *functions;
static size_t function_count;

extern const uintptr_t table_begin[] __asm__("__start___patchable_function_entries")
	__attribute__((visibility("hidden"), weak));
extern const uintptr_t table_end[] __asm__("__stop___patchable_function_entries")
	__attribute__((visibility("hidden"), weak));

/* ---- Whose fault ------------------------------------------------------------------------------
 */

static bool is_runtimes(uintptr_t function)
{
	size_t low = 0;
	size_t high = function_count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (functions[middle] == function)
			return true;
		if (functions[middle] < function)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

/* Asynchronous-signal-safe, unlike dladdr. NULL: no code that is known. */
static const void *module_of(uintptr_t pc)
{
	struct dl_find_object found;

	return _dl_find_object((void *)pc, &found) == 0 ? found.dlfo_map_start : NULL;
}

struct walk {
	uintptr_t pc; /* of the fault */
	const void *libc;
	const void *own; /* the module with the runtime */
	bool inside;     /* past the frames of the signal handler */
	bool program;    /* a function of the program was met */
	bool runtime;    /* one of the runtime, and that ended it */
	unsigned depth;
};

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *argument)
{
	struct walk *walk = argument;
	uintptr_t pc = _Unwind_GetIP(context);

	if (!walk->inside && pc != walk->pc)
		return ++walk->depth < DEEP ? _URC_NO_REASON : _URC_NORMAL_STOP;
	walk->inside = true;
	if (is_runtimes(_Unwind_GetRegionStart(context))) {
		walk->runtime = true;
		return _URC_NORMAL_STOP;
	}
	/* Where the C library is linked in statically it counts as the program's. */
	if (module_of(pc) != walk->libc || walk->libc == walk->own)
		walk->program = true;
	return _URC_NO_REASON;
}

/* The fault is in what a handler does, not in what the runtime does for it. */
static bool is_handlers(const struct thread *thread, uintptr_t pc)
{
	const struct cell *cell = thread->cell;
	struct walk walk = {.pc = pc,
			    .libc = module_of((uintptr_t)&abort),
			    .own = module_of((uintptr_t)&is_runtimes)};

	if (cell == NULL || thread->foreign || (cell->handling == NULL && !cell->ending))
		return false;
	if (module_of(pc) == NULL)
		return true; /* a jump into nowhere; the runtime has no such pointers of its own */
	_Unwind_Backtrace(step, &walk);
	return walk.inside && walk.program;
}

/* ---- Going on ---------------------------------------------------------------------------------
 */

static const char *signal_name(int number)
{
	return actor_exit_text(ACTOR_EXIT_FAULT + number);
}

static void floating_point_reset(void)
{
#if defined(__x86_64__)
	uint32_t mxcsr = 0x1f80;

	__asm__ volatile("fninit\n\tldmxcsr %0" : : "m"(mxcsr));
#else
	__asm__ volatile("msr fpcr, %0\n\tmsr fpsr, %0" : : "r"(UINT64_C(0)));
#endif
}

static void unblock(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaddset(&set, signals[i]);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* In the thread, at the beginning of the stack: what the actor's handler left is gone. */
static void end_of_handler(void *argument)
{
	struct cell *cell = argument;
	struct thread *thread = thread_self();
	struct fault *fault = thread->fault;

	floating_point_reset();
	unblock();
	LOG(thread->system, ACTOR_LOG_ERROR, cell_pid(cell), "%s at address %p%s, code at %p; %s",
	    signal_name(fault->signal), fault->address,
	    fault->overflow ? " (the stack is full)" : "", fault->pc,
	    cell->ending ? "it ends without finishing its terminate" : "the actor ends");
	cell_end(cell, ACTOR_EXIT_FAULT + fault->signal);
}

static void end_of_detached(void)
{
	struct thread *thread = thread_self();

	end_of_handler(thread->cell);
	detached_exit(thread);
}

static void jump(ucontext_t *context, void (*entry)(void), uintptr_t top)
{
	top &= ~(uintptr_t)15;
#if defined(__x86_64__)
	top -= sizeof(void *); /* as after a call, from nowhere: it ends backtraces */
	*(void **)top = NULL;
	context->uc_mcontext.gregs[REG_RSP] = (greg_t)top;
	context->uc_mcontext.gregs[REG_RBP] = 0;
	context->uc_mcontext.gregs[REG_RIP] = (greg_t)(uintptr_t)entry;
	context->uc_mcontext.gregs[REG_EFL] &= ~(greg_t)0x400; /* direction */
#else
	context->uc_mcontext.sp = top;
	context->uc_mcontext.regs[29] = 0;
	context->uc_mcontext.regs[30] = 0;
	context->uc_mcontext.pc = (uintptr_t)entry;
#endif
}

static uintptr_t pc_of(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
	return context->uc_mcontext.pc;
#endif
}

/* ---- The signal handler -----------------------------------------------------------------------
 */

static size_t index_of(int number)
{
	size_t i = 0;

	while (signals[i] != number)
		i++;
	return i;
}

/* What would have happened without us. */
static void pass_on(int number, siginfo_t *info, void *context)
{
	const struct sigaction *old = &before[index_of(number)];
	struct sigaction plain = {.sa_handler = SIG_DFL};

	if (old->sa_flags & SA_SIGINFO) {
		old->sa_sigaction(number, info, context);
	} else if (old->sa_handler != SIG_DFL && old->sa_handler != SIG_IGN) {
		old->sa_handler(number);
	} else if (old->sa_handler == SIG_DFL || info->si_code > 0) {
		/* On return the instruction fails again, and now ends the process, with a core file
		 * that shows it where it failed. */
		sigaction(number, &plain, NULL);
		if (info->si_code <= 0)
			raise(number);
	}
}

/* It comes from the code that runs, not from somebody's kill(). */
static bool is_own(int number, const siginfo_t *info)
{
	if (number == SIGABRT)
		return info->si_code == SI_TKILL && info->si_pid == getpid();
	return info->si_code > 0;
}

static void on_fault(int number, siginfo_t *info, void *argument)
{
	struct thread *thread = thread_self();
	ucontext_t *context = argument;
	struct fault *fault;

	if (thread == NULL || thread->fault == NULL || !is_own(number, info) ||
	    !is_handlers(thread, pc_of(context))) {
		pass_on(number, info, argument);
		return;
	}
	fault = thread->fault;
	fault->signal = number;
	fault->address = number == SIGABRT ? NULL : info->si_addr;
	fault->pc = (const void *)pc_of(context);
	fault->overflow = number == SIGSEGV && thread->worker != NULL &&
			  stack_guards(thread->worker->stack, info->si_addr);
	if (thread->worker != NULL) {
		void (*entry)(void);
		uintptr_t top =
			worker_restart(thread->worker, end_of_handler, thread->cell, &entry);

		jump(context, entry, top);
	} else {
		jump(context, end_of_detached, (uintptr_t)fault->base - APART);
	}
}

/* ---- Beginning and end ------------------------------------------------------------------------
 */

static int compare(const void *a, const void *b)
{
	uintptr_t first = *(const uintptr_t *)a;
	uintptr_t second = *(const uintptr_t *)b;

	return (first > second) - (first < second);
}

static int table_make(void)
{
	size_t count = (size_t)(table_end - table_begin);

	if (table_begin == NULL || count == 0)
		return ACTOR_EUNSUPPORTED;
	functions = malloc(count * sizeof(*functions));
	if (functions == NULL)
		return ACTOR_ENO_MEMORY;
	for (size_t i = 0; i < count; i++)
		functions[i] = table_begin[i] + NOP_SIZE;
	qsort(functions, count, sizeof(*functions), compare);
	function_count = count;
	return 0;
}

static _Unwind_Reason_Code stop_at_once(struct _Unwind_Context *context, void *argument)
{
	(void)context;
	(void)argument;
	return _URC_NORMAL_STOP;
}

static int install(void)
{
	struct sigaction ours = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
	int status = table_make();

	if (status != 0)
		return status;
	/* The unwinder is loaded when it is first used; not in the signal handler. */
	_Unwind_Backtrace(stop_at_once, NULL);
	sigfillset(&ours.sa_mask);
	for (size_t i = 0; i < SIGNALS; i++)
		sigaction(signals[i], &ours, &before[i]);
	return 0;
}

int contain_begin(void)
{
	int status = 0;

	pthread_mutex_lock(&lock);
	if (users == 0)
		status = install();
	if (status == 0)
		users++;
	pthread_mutex_unlock(&lock);
	return status;
}

void contain_end(void)
{
	pthread_mutex_lock(&lock);
	if (--users == 0) {
		for (size_t i = 0; i < SIGNALS; i++) {
			struct sigaction now;

			sigaction(signals[i], NULL, &now);
			if ((now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == on_fault)
				sigaction(signals[i], &before[i], NULL);
		}
		free(functions);
		functions = NULL;
		function_count = 0;
	}
	pthread_mutex_unlock(&lock);
}

bool contain_enter(struct thread *thread)
{
	unsigned char *place =
		mmap(NULL, PLACE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_sp = place + sizeof(struct fault),
			 .ss_size = PLACE_SIZE - sizeof(struct fault)};

	if (place == MAP_FAILED)
		return false;
	if (sigaltstack(&stack, NULL) != 0) {
		munmap(place, PLACE_SIZE);
		return false;
	}
	thread->fault = (struct fault *)(void *)place;
	unblock();
	return true;
}

void contain_leave(struct thread *thread)
{
	stack_t none = {.ss_flags = SS_DISABLE};

	if (thread->fault == NULL)
		return;
	sigaltstack(&none, NULL);
	munmap(thread->fault, PLACE_SIZE);
	thread->fault = NULL;
}

void contain_base(struct thread *thread, void *frame)
{
	if (thread->fault != NULL)
		thread->fault->base = frame;
}

#endif
