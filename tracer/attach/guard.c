/* SPDX-License-Identifier: MIT */
#include "attach/guard.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * A signal handler has no argument, so what it needs is global. `start` is 0 for a free place and
 * is stored last (release), loaded first (acquire, by the handler).
 */
struct guard {
	uintptr_t start;
	size_t size;
	int hit;
};

static struct guard guards[GUARD_MAX];
static pthread_mutex_t guards_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sigaction guard_next; /* who had SIGBUS before */
static uintptr_t guard_page;
static bool guard_installed;

static struct guard *guard_find(uintptr_t address)
{
	for (size_t i = 0; i < GUARD_MAX; i++) {
		/* Pairs with the release stores in guard_add. */
		uintptr_t start = __atomic_load_n(&guards[i].start, __ATOMIC_ACQUIRE);

		if (start != 0 && address >= start && address - start < guards[i].size)
			return &guards[i];
	}
	return NULL;
}

static void guard_pass_on(int number, siginfo_t *info, void *context)
{
	if ((guard_next.sa_flags & SA_SIGINFO) != 0) {
		guard_next.sa_sigaction(number, info, context);
	} else if (guard_next.sa_handler == SIG_DFL || guard_next.sa_handler == SIG_IGN) {
		/* The access is made again, and ends the process as it would have done. */
		struct sigaction none;

		memset(&none, 0, sizeof(none));
		none.sa_handler = SIG_DFL;
		sigaction(SIGBUS, &none, NULL);
		if (info->si_code <= 0)
			raise(SIGBUS);
	} else {
		guard_next.sa_handler(number);
	}
}

/*
 * The system call itself: a handler may call nothing else, and what a sanitizer puts in mmap's
 * place locks, and takes the mapping for a write that races with threads which use the page.
 */
static void *guard_zeros(void *page)
{
	return (void *)syscall(SYS_mmap, page, guard_page, PROT_READ | PROT_WRITE,
			       MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, (off_t)0);
}

static void guard_handle(int number, siginfo_t *info, void *context)
{
	int saved = errno;
	uintptr_t address = (uintptr_t)info->si_addr;
	struct guard *guard = info->si_code > 0 ? guard_find(address) : NULL;

	if (guard != NULL) {
		void *page = (void *)(address & ~(guard_page - 1));

		__atomic_store_n(&guard->hit, 1, __ATOMIC_RELAXED);
		if (guard_zeros(page) == page) {
			errno = saved;
			return;
		}
	}
	guard_pass_on(number, info, context);
	errno = saved;
}

static int guard_install(void)
{
	struct sigaction action;

	if (guard_installed)
		return 0;
	guard_page = (uintptr_t)sysconf(_SC_PAGESIZE);
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = guard_handle;
	action.sa_flags = SA_SIGINFO | SA_RESTART;
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGBUS, NULL, &guard_next) < 0 || sigaction(SIGBUS, &action, NULL) < 0)
		return -errno;
	guard_installed = true;
	return 0;
}

int guard_add(void *start, size_t size)
{
	int result;

	assert(start != NULL);
	assert(size > 0);
	pthread_mutex_lock(&guards_lock);
	result = guard_install();
	if (result == 0) {
		result = -ENOSPC;
		for (int i = 0; i < GUARD_MAX; i++) {
			if (guards[i].start != 0)
				continue;
			guards[i].size = size;
			__atomic_store_n(&guards[i].hit, 0, __ATOMIC_RELAXED);
			/* Pairs with the acquire load in guard_find. */
			__atomic_store_n(&guards[i].start, (uintptr_t)start, __ATOMIC_RELEASE);
			result = i;
			break;
		}
	}
	pthread_mutex_unlock(&guards_lock);
	return result;
}

void guard_remove(int handle)
{
	assert(handle >= 0);
	assert(handle < GUARD_MAX);
	pthread_mutex_lock(&guards_lock);
	__atomic_store_n(&guards[handle].start, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&guards_lock);
}

bool guard_hit(int handle)
{
	assert(handle >= 0);
	assert(handle < GUARD_MAX);
	return __atomic_load_n(&guards[handle].hit, __ATOMIC_RELAXED) != 0;
}
