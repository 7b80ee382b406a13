/* SPDX-License-Identifier: MIT */
#include "actor/sample.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "base/clock.h"
#include "base/futex.h"

#define PATIENCE_NS UINT64_C(100000000)

enum state {
	FREE,
	WANTED,
	TAKING,
	TAKEN
};

/* Dispositions belong to the process, so this does. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of users and number */
static pthread_mutex_t taking = PTHREAD_MUTEX_INITIALIZER;
static unsigned users;
static int number;     /* of the signal, 0: none */
static uint32_t state; /* futex, enum state */
static void *frames[SAMPLE_MAX];
static int frame_count;

struct walk {
	uintptr_t pc; /* that was interrupted; what is before it is our own */
	bool inside;
};

static uintptr_t pc_of(const ucontext_t *context)
{
#if defined(__x86_64__)
	return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
#else
	return context->uc_mcontext.pc;
#endif
}

static _Unwind_Reason_Code step(struct _Unwind_Context *context, void *argument)
{
	struct walk *walk = argument;
	uintptr_t pc = _Unwind_GetIP(context);

	walk->inside = walk->inside || pc == walk->pc;
	if (!walk->inside)
		return _URC_NO_REASON;
	if (frame_count == SAMPLE_MAX || pc == 0)
		return _URC_NORMAL_STOP;
	/* A return address points behind the call. */
	frames[frame_count] = (void *)(frame_count == 0 ? pc : pc - 1);
	frame_count++;
	return _URC_NO_REASON;
}

static void on_signal(int signal_number, siginfo_t *info, void *context)
{
	uint32_t expected = WANTED;
	struct walk walk = {.pc = pc_of(context)};

	(void)signal_number;
	(void)info;
	/* Too late: nobody waits any more. */
	if (!__atomic_compare_exchange_n(&state, &expected, TAKING, false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return;
	frame_count = 0;
	_Unwind_Backtrace(step, &walk);
	/* Release: pairs with the acquire in sample_take. */
	__atomic_store_n(&state, TAKEN, __ATOMIC_RELEASE);
	futex_wake(&state, 1, false);
}

static _Unwind_Reason_Code stop_at_once(struct _Unwind_Context *context, void *argument)
{
	(void)context;
	(void)argument;
	return _URC_NORMAL_STOP;
}

static void install(void)
{
	struct sigaction ours = {.sa_sigaction = on_signal,
				 .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};

	/* Loads the unwinder, which a signal handler must not. */
	_Unwind_Backtrace(stop_at_once, NULL);
	sigfillset(&ours.sa_mask);
	for (int i = SIGRTMAX; i > SIGRTMIN && number == 0; i--) {
		struct sigaction now;

		if (sigaction(i, NULL, &now) == 0 && (now.sa_flags & SA_SIGINFO) == 0 &&
		    now.sa_handler == SIG_DFL && sigaction(i, &ours, NULL) == 0)
			number = i;
	}
}

bool sample_begin(void)
{
	bool there;

	pthread_mutex_lock(&lock);
	if (users == 0)
		install();
	there = number != 0;
	users += there;
	pthread_mutex_unlock(&lock);
	return there;
}

void sample_end(void)
{
	pthread_mutex_lock(&lock);
	if (--users == 0) {
		signal(number, SIG_DFL);
		number = 0;
	}
	pthread_mutex_unlock(&lock);
}

void sample_allow(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

/* It runs, rather than to sleep in a system call. */
static bool runs(uint32_t tid)
{
	char path[64];
	char text[128] = "";
	const char *end;
	ssize_t size;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%u/stat", tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	end = size > 0 ? strrchr(text, ')') : NULL; /* of the name, which may hold anything */
	return end != NULL && end[1] == ' ' && end[2] == 'R';
}

int sample_take(uint32_t tid, void *pcs[SAMPLE_MAX])
{
	uint64_t end = clock_monotonic_ns() + PATIENCE_NS;
	uint32_t now = WANTED;
	int count = 0;

	if (!runs(tid))
		return 0;
	pthread_mutex_lock(&taking);
	__atomic_store_n(&state, WANTED, __ATOMIC_RELEASE);
	if (syscall(SYS_tgkill, getpid(), tid, number) == 0) {
		while ((now = __atomic_load_n(&state, __ATOMIC_ACQUIRE)) != TAKEN &&
		       (now == TAKING || clock_monotonic_ns() < end))
			futex_wait(&state, now, PATIENCE_NS, false);
	}
	/* It may just now begin: then it is waited for. */
	if (now == WANTED && !__atomic_compare_exchange_n(&state, &now, FREE, false,
							  __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE)) {
		while ((now = __atomic_load_n(&state, __ATOMIC_ACQUIRE)) != TAKEN)
			futex_wait(&state, now, PATIENCE_NS, false);
	}
	if (now == TAKEN) {
		count = frame_count;
		memcpy(pcs, frames, (size_t)count * sizeof(frames[0]));
	}
	pthread_mutex_unlock(&taking);
	return count;
}

void sample_text(const void *pc, char *text, unsigned size)
{
	Dl_info found;
	const char *module;
	const char *slash;

	if (dladdr(pc, &found) == 0 || found.dli_fname == NULL) {
		snprintf(text, size, "%p", pc);
		return;
	}
	slash = strrchr(found.dli_fname, '/');
	module = slash != NULL ? slash + 1 : found.dli_fname;
	if (found.dli_sname != NULL)
		snprintf(text, size, "%.100s+0x%zx (%.60s+0x%zx)", found.dli_sname,
			 (size_t)((const char *)pc - (const char *)found.dli_saddr), module,
			 (size_t)((const char *)pc - (const char *)found.dli_fbase));
	else
		snprintf(text, size, "%.60s+0x%zx", module,
			 (size_t)((const char *)pc - (const char *)found.dli_fbase));
}
