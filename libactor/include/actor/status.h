/* SPDX-License-Identifier: MIT */
#ifndef ACTOR_STATUS_H
#define ACTOR_STATUS_H

/*
 * Stability: the numbers never change meaning; rows are only added.
 *
 * Every public function returns 0 or one of these negative numbers. A status is a negated errno
 * wherever errno has the right word, so that strerror(-status) is never nonsense.
 */

#include <errno.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, errno, text) */
#define ACTOR_STATUS_MAP(X)                                                                \
	X(INVALID, EINVAL, "invalid argument")                                             \
	X(NO_MEMORY, ENOMEM, "out of memory")                                              \
	X(NO_SLOTS, ENOSPC, "no actor slots left; raise actor_system_options.actors_max")  \
	X(NOT_FOUND, ESRCH, "no such actor")                                               \
	X(NAME_TAKEN, EEXIST, "the name is taken by a living actor")                       \
	X(TOO_LARGE, EMSGSIZE, "the payload is larger than ACTOR_PAYLOAD_MAX")             \
	X(TIMEOUT, ETIMEDOUT, "no reply within the time allowed")                          \
	X(DEADLOCK, EDEADLK, "the call would wait for itself")                             \
	X(DIED, EPIPE, "the called actor died before it replied")                          \
	X(SHUTDOWN, ESHUTDOWN, "the system is shutting down")                              \
	X(REJECTED, EPROTO, "the called actor rejected the request")                       \
	X(NOT_ACTOR, EPERM, "only an actor's handler may do this")                         \
	X(UNSUPPORTED, EOPNOTSUPP, "not supported by this build")                          \
	X(TABLE_FULL, ENFILE, "a table of the plane is full (types, behaviours or names)") \
	X(PLANE, EIO, "the plane could not be created; see LIBACTOR_DIR")                  \
	X(ADDRESS_IN_USE, EADDRINUSE, "the address is in use")                             \
	X(ADDRESS, EADDRNOTAVAIL, "the address cannot be used here")                       \
	X(ACCESS, EACCES, "permission denied")                                             \
	X(CLOSED, ENOTCONN, "the connection is closed")                                    \
	X(RESTARTS, EAGAIN, "a child restarted too often; its supervisor gave up")         \
	X(BAD_CHILD, ENOEXEC, "a child could not be started")                              \
	X(TOO_SLOW, ENOBUFS, "the peer reads too slowly; its output queue is full")        \
	X(CHILD_RUNS, EALREADY, "the child runs already")                                  \
	X(CHILD_KNOWN, ENOTUNIQ, "the supervisor knows a child with this id already")      \
	X(CHILD_RESTARTS, EINPROGRESS, "the child is being restarted")                     \
	X(MANY_CHILDREN, EUSERS, "the supervisor has max_children children")               \
	X(UNHANDLED, ENOMSG, "a strict actor got a message that it does not know")         \
	X(MAILBOX_FULL, EXFULL, "the mailbox is full")                                     \
	X(BUSY, EBUSY, "too many blocking calls wait; see actor_system_options.blocking_queue")

enum actor_status {
	ACTOR_OK = 0,
#define X(NAME, err, text) ACTOR_E##NAME = -(err),
	ACTOR_STATUS_MAP(X)
#undef X
};

/*
 * Why an actor ended. Zero means that it lives. Negative reasons are statuses from above (the
 * actor ended with that error), reasons from ACTOR_EXIT_USER up belong to the program.
 */
#define ACTOR_EXIT_MAP(X)                                                                        \
	X(NORMAL, 1, "normal")     /* finished its work; linked actors are not disturbed */      \
	X(SHUTDOWN, 2, "shutdown") /* its supervisor or the system asked for it */               \
	X(KILL, 3, "kill")         /* as a signal: cannot be trapped */                          \
	X(KILLED, 4, "killed")     /* what the links of a killed actor see */                    \
	X(NO_ACTOR, 5, "noproc")   /* linked to, or watched, an actor that was already dead */   \
	/* Faults of its handler, where the system contains them: 32 and the signal's number. */ \
	X(FAULT_ILL, 36, "fault: SIGILL")                                                        \
	X(FAULT_ABRT, 38, "fault: SIGABRT")                                                      \
	X(FAULT_BUS, 39, "fault: SIGBUS")                                                        \
	X(FAULT_FPE, 40, "fault: SIGFPE")                                                        \
	X(FAULT_SEGV, 43, "fault: SIGSEGV")

enum actor_exit_reason {
#define X(NAME, number, text) ACTOR_EXIT_##NAME = (number),
	ACTOR_EXIT_MAP(X)
#undef X
	ACTOR_EXIT_USER = 1024
};

/* The reason of an actor that a fault has ended is this and the signal's number. */
#define ACTOR_EXIT_FAULT     32
#define ACTOR_EXIT_FAULT_MAX 63

/* The number of the signal that ended the actor, or 0. */
static inline int actor_exit_signal(int reason)
{
	return reason > ACTOR_EXIT_FAULT && reason <= ACTOR_EXIT_FAULT_MAX
		       ? reason - ACTOR_EXIT_FAULT
		       : 0;
}

/* The text of a status or of an exit reason. Never NULL, static; unknown numbers have a text too.
 */
const char *actor_status_text(int status);
const char *actor_exit_text(int reason);

#ifdef __cplusplus
}
#endif

#endif
