/* SPDX-License-Identifier: MIT */
/*
 * Loaded before a program that is replayed. Two things:
 *
 * Waiting. Where the program's first thread would wait for the world outside (sleep, sigwait,
 * pthread_join ...), there is nothing to wait for: all that happened meanwhile is in the script. So
 * the runtime is told to run it, and the call returns as if the time were over, or what was waited
 * for had come. Where a handler lets time pass (sleep, poll ...), others are run meanwhile.
 *
 * Strict mode, with LIBACTOR_STRICT_FD in the environment: calls of handlers that ask the clock, a
 * random generator, the environment, a file or the network are reported there, with their caller,
 * one line each: function, address in its object, object, symbol, pid of the actor. They are let
 * through. The runtime's own calls are not meant and not reported.
 */
#include "shim/shim.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <actor/replay.h>

#define SHIM_PUBLIC __attribute__((visibility("default")))
/* A program that goes on asking for a signal that never came is told to end. */
#define PATIENCE 100000
/* So many milliseconds main waits for threads that do nothing more; a tenth where all wait. */
#define JOIN_IDLE 200

static const struct actor_shim *runtime;
static pthread_t owner; /* the thread that made the system: main */

SHIM_PUBLIC void actor_shim_attach(const struct actor_shim *shim);
void actor_shim_attach(const struct actor_shim *shim)
{
	const char *text = getenv("LIBACTOR_STRICT_FD");

	if (shim == NULL || shim->version != ACTOR_SHIM_VERSION)
		return;
	owner = pthread_self();
	if (text != NULL && text[0] != '\0')
		callers_open(atoi(text));
	runtime = shim;
}

/* The function that this one stands before. */
static void *real(const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	if (found == NULL) {
		static const char text[] =
			"actor-replay: libc has no function that it should have\n";

		(void)!write(2, text, sizeof(text) - 1);
		abort();
	}
	return found;
}

/* Looks it up once. The types are those of this very function. */
#define REAL(name)                      \
	static __typeof__(&name) next_; \
	if (next_ == NULL)              \
		*(void **)(void *)&next_ = real(#name);

/* ---- Main's waiting ---------------------------------------------------------------------------
 */

/* True: the caller is main, outside of handlers, and what it waits for is over. */
static bool waits(void)
{
	if (runtime == NULL || !pthread_equal(pthread_self(), owner) || runtime->running() != 0)
		return false;
	runtime->wait_outside(false);
	return true;
}

/*
 * True: the caller is main or a handler, and the time that it lets pass is over; or another thread,
 * which is let go on soon.
 */
static bool sleeps(void)
{
	if (runtime == NULL)
		return false;
	if (!pthread_equal(pthread_self(), owner)) {
		const struct timespec moment = {.tv_nsec = 1000000};

		return runtime->has_guests() && syscall(SYS_nanosleep, &moment, NULL) <= 0;
	}
	if (runtime->running() != 0)
		runtime->wait_turn();
	else
		runtime->wait_outside(true);
	return true;
}

static bool is_owner(void)
{
	return runtime != NULL && pthread_equal(pthread_self(), owner);
}

static bool is_zero(const struct timespec *timeout)
{
	return timeout != NULL && timeout->tv_sec == 0 && timeout->tv_nsec == 0;
}

SHIM_PUBLIC unsigned sleep(unsigned seconds)
{
	REAL(sleep)
	return sleeps() ? 0 : next_(seconds);
}

SHIM_PUBLIC int usleep(useconds_t useconds)
{
	REAL(usleep)
	return sleeps() ? 0 : next_(useconds);
}

SHIM_PUBLIC int nanosleep(const struct timespec *time, struct timespec *left)
{
	REAL(nanosleep)
	return sleeps() ? 0 : next_(time, left);
}

SHIM_PUBLIC int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time,
				struct timespec *left)
{
	REAL(clock_nanosleep)
	return sleeps() ? 0 : next_(clock, flags, time, left);
}

SHIM_PUBLIC int pause(void)
{
	REAL(pause)
	if (!waits())
		return next_();
	errno = EINTR;
	return -1;
}

SHIM_PUBLIC int sigsuspend(const sigset_t *set)
{
	REAL(sigsuspend)
	if (!waits())
		return next_(set);
	errno = EINTR;
	return -1;
}

/* The signal that ended the session, as far as that can be guessed. */
static int signal_of(const sigset_t *set)
{
	static const int likely[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM};

	for (size_t i = 0; i < sizeof(likely) / sizeof(likely[0]); i++)
		if (sigismember(set, likely[i]) == 1)
			return likely[i];
	for (int number = 1; number < NSIG; number++)
		if (sigismember(set, number) == 1)
			return number;
	return SIGTERM;
}

SHIM_PUBLIC int sigwait(const sigset_t *set, int *ret_signal)
{
	REAL(sigwait)
	if (!waits())
		return next_(set, ret_signal);
	*ret_signal = signal_of(set);
	return 0;
}

static int give_signal(const sigset_t *set, siginfo_t *info)
{
	int number = signal_of(set);

	if (info != NULL) {
		memset(info, 0, sizeof(*info));
		info->si_signo = number;
	}
	return number;
}

SHIM_PUBLIC int sigwaitinfo(const sigset_t *set, siginfo_t *info)
{
	REAL(sigwaitinfo)
	return waits() ? give_signal(set, info) : next_(set, info);
}

SHIM_PUBLIC int sigtimedwait(const sigset_t *set, siginfo_t *info, const struct timespec *timeout)
{
	static unsigned asked;
	REAL(sigtimedwait)

	if (!waits())
		return next_(set, info, timeout);
	if (timeout == NULL || ++asked > PATIENCE)
		return give_signal(set, info);
	errno = EAGAIN;
	return -1;
}

SHIM_PUBLIC int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	REAL(poll)
	if (timeout == 0 || !is_owner() || !sleeps())
		return next_(fds, count, timeout);
	return next_(fds, count, 0);
}

SHIM_PUBLIC int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *timeout,
		      const sigset_t *set)
{
	static const struct timespec none;
	REAL(ppoll)

	if (is_zero(timeout) || !is_owner() || !sleeps())
		return next_(fds, count, timeout, set);
	return next_(fds, count, &none, set);
}

SHIM_PUBLIC int select(int count, fd_set *reads, fd_set *writes, fd_set *others,
		       struct timeval *timeout)
{
	struct timeval none = {0, 0};
	REAL(select)

	if ((timeout != NULL && timeout->tv_sec == 0 && timeout->tv_usec == 0) || !is_owner() ||
	    !sleeps())
		return next_(count, reads, writes, others, timeout);
	return next_(count, reads, writes, others, &none);
}

SHIM_PUBLIC int pselect(int count, fd_set *reads, fd_set *writes, fd_set *others,
			const struct timespec *timeout, const sigset_t *set)
{
	static const struct timespec none;
	REAL(pselect)

	if (is_zero(timeout) || !is_owner() || !sleeps())
		return next_(count, reads, writes, others, timeout, set);
	return next_(count, reads, writes, others, &none, set);
}

SHIM_PUBLIC int epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
	REAL(epoll_wait)
	return next_(fd, events, most, timeout != 0 && waits() ? 0 : timeout);
}

/* Where other threads are not needed, they may not come to an end: what they did is known. */
SHIM_PUBLIC int pthread_join(pthread_t thread, void **ret_value)
{
	REAL(pthread_join)
	if (!waits())
		return next_(thread, ret_value);
	for (int idle = 0; idle < JOIN_IDLE;) {
		if (pthread_tryjoin_np(thread, ret_value) == 0)
			return 0;
		if (!runtime->has_guests())
			break;
		switch (runtime->settle()) {
		case 2:
			idle = 0;
			break;
		case 1:
			idle++;
			break;
		default:
			idle += 10;
		}
	}
	runtime->freeze();
	if (ret_value != NULL)
		*ret_value = NULL;
	return 0;
}

/* ---- Strict mode ------------------------------------------------------------------------------
 */

#define TRAP(name)                               \
	if (runtime != NULL && callers_wanted()) \
		callers_note(#name, runtime->running());

SHIM_PUBLIC time_t time(time_t *ret_time)
{
	REAL(time)
	TRAP(time)
	return next_(ret_time);
}

SHIM_PUBLIC int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
	REAL(gettimeofday)
	TRAP(gettimeofday)
	return next_(now, zone);
}

SHIM_PUBLIC int clock_gettime(clockid_t clock, struct timespec *now)
{
	REAL(clock_gettime)
	TRAP(clock_gettime)
	return next_(clock, now);
}

SHIM_PUBLIC int rand(void)
{
	REAL(rand)
	TRAP(rand)
	return next_();
}

SHIM_PUBLIC long random(void)
{
	REAL(random)
	TRAP(random)
	return next_();
}

SHIM_PUBLIC double drand48(void)
{
	REAL(drand48)
	TRAP(drand48)
	return next_();
}

SHIM_PUBLIC long lrand48(void)
{
	REAL(lrand48)
	TRAP(lrand48)
	return next_();
}

SHIM_PUBLIC long mrand48(void)
{
	REAL(mrand48)
	TRAP(mrand48)
	return next_();
}

SHIM_PUBLIC ssize_t getrandom(void *bytes, size_t size, unsigned flags)
{
	REAL(getrandom)
	TRAP(getrandom)
	return next_(bytes, size, flags);
}

SHIM_PUBLIC int getentropy(void *bytes, size_t size)
{
	REAL(getentropy)
	TRAP(getentropy)
	return next_(bytes, size);
}

SHIM_PUBLIC char *getenv(const char *name)
{
	REAL(getenv)
	TRAP(getenv)
	return next_(name);
}

SHIM_PUBLIC char *secure_getenv(const char *name)
{
	REAL(secure_getenv)
	TRAP(secure_getenv)
	return next_(name);
}

#define OPEN_MODE(flags)                                    \
	mode_t mode = 0;                                    \
	if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {       \
		va_list arguments;                          \
		va_start(arguments, flags);                 \
		mode = (mode_t)va_arg(arguments, unsigned); \
		va_end(arguments);                          \
	}

SHIM_PUBLIC int open(const char *path, int flags, ...)
{
	OPEN_MODE(flags)
	REAL(open)
	TRAP(open)
	return next_(path, flags, mode);
}

SHIM_PUBLIC int open64(const char *path, int flags, ...)
{
	OPEN_MODE(flags)
	REAL(open64)
	TRAP(open64)
	return next_(path, flags, mode);
}

SHIM_PUBLIC int openat(int folder, const char *path, int flags, ...)
{
	OPEN_MODE(flags)
	REAL(openat)
	TRAP(openat)
	return next_(folder, path, flags, mode);
}

SHIM_PUBLIC FILE *fopen(const char *path, const char *how)
{
	REAL(fopen)
	TRAP(fopen)
	return next_(path, how);
}

SHIM_PUBLIC FILE *fopen64(const char *path, const char *how)
{
	REAL(fopen64)
	TRAP(fopen64)
	return next_(path, how);
}

SHIM_PUBLIC ssize_t read(int fd, void *bytes, size_t size)
{
	REAL(read)
	TRAP(read)
	return next_(fd, bytes, size);
}

SHIM_PUBLIC ssize_t pread(int fd, void *bytes, size_t size, off_t at)
{
	REAL(pread)
	TRAP(pread)
	return next_(fd, bytes, size, at);
}

SHIM_PUBLIC int socket(int domain, int type, int protocol)
{
	REAL(socket)
	TRAP(socket)
	return next_(domain, type, protocol);
}

SHIM_PUBLIC int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
	REAL(connect)
	TRAP(connect)
	return next_(fd, address, size);
}

SHIM_PUBLIC ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
	REAL(recv)
	TRAP(recv)
	return next_(fd, bytes, size, flags);
}

SHIM_PUBLIC ssize_t recvfrom(int fd, void *restrict bytes, size_t size, int flags,
			     __SOCKADDR_ARG address, socklen_t *restrict address_size)
{
	REAL(recvfrom)
	TRAP(recvfrom)
	return next_(fd, bytes, size, flags, address, address_size);
}

SHIM_PUBLIC ssize_t send(int fd, const void *bytes, size_t size, int flags)
{
	REAL(send)
	TRAP(send)
	return next_(fd, bytes, size, flags);
}
