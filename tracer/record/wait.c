/* SPDX-License-Identifier: MIT */
#include "record/record.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

/* How often a program that is silent is asked for its life, where no pidfd tells. */
#define LIFE_NS UINT64_C(50000000)

int wait_begin(struct recording *recording, sigset_t *ret_old)
{
	sigset_t wanted;

	sigemptyset(&wanted);
	sigaddset(&wanted, SIGINT);
	sigaddset(&wanted, SIGTERM);
	sigaddset(&wanted, SIGHUP);
	sigprocmask(SIG_BLOCK, &wanted, ret_old);
	recording->signals = signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	return recording->signals < 0 ? -errno : 0;
}

void wait_take_signals(struct recording *recording)
{
	struct signalfd_siginfo info;

	while (read(recording->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		recording->last_signal = (int)info.ssi_signo;
		/*
		 * What comes from the terminal the child gets too; what was sent to the recorder
		 * alone is passed on.
		 */
		if (recording->signals_taken++ == 0 && recording->launched && !recording->reaped &&
		    info.ssi_code != SI_KERNEL)
			kill(recording->launch.pid, recording->last_signal);
	}
}

/* Takes the child's status once it has ended. */
static void reap(struct recording *recording, bool wait)
{
	siginfo_t info;

	if (!recording->launched || recording->reaped)
		return;
	memset(&info, 0, sizeof(info));
	while (waitid(P_PID, (id_t)recording->launch.pid, &info, WEXITED | (wait ? 0 : WNOHANG)) <
	       0) {
		if (errno == EINTR)
			continue;
		/* Whoever started us ignores SIGCHLD: there is no status to be had. */
		info.si_pid = recording->launch.pid;
		info.si_code = CLD_EXITED;
		break;
	}
	if (info.si_pid == 0)
		return;
	recording->reaped = true;
	recording->child_code = info.si_code;
	recording->child_status = info.si_status;
}

void wait_events(struct recording *recording, int timeout_ms)
{
	struct pollfd fds[4];
	nfds_t count = 0;
	char drain[4096];

	fds[count++] = (struct pollfd){.fd = recording->signals, .events = POLLIN};
	if (recording->launched && !recording->reaped)
		fds[count++] = (struct pollfd){.fd = recording->launch.pidfd, .events = POLLIN};
	if (recording->plane_fd >= 0)
		fds[count++] = (struct pollfd){.fd = recording->plane_fd, .events = POLLIN};
	if (recording->plane == NULL && recording->notify >= 0)
		fds[count++] = (struct pollfd){.fd = recording->notify, .events = POLLIN};
	if (poll(fds, count, timeout_ms) <= 0)
		return;
	while (recording->notify >= 0 && read(recording->notify, drain, sizeof(drain)) > 0)
		;
	wait_take_signals(recording);
	reap(recording, false);
}

void wait_finish(struct recording *recording, const sigset_t *old)
{
	close(recording->signals);
	sigprocmask(SIG_SETMASK, old, NULL);
}

bool wait_program_ended(struct recording *recording, bool force)
{
	uint64_t now_ns = plane_clock_monotonic();
	struct pollfd fd = {.fd = recording->plane_fd, .events = POLLIN};

	if (recording->plane_fd >= 0 && poll(&fd, 1, 0) > 0)
		return true;
	if (!force && now_ns - recording->asked_ns < LIFE_NS)
		return false;
	recording->asked_ns = now_ns;
	return plane_view_life(recording->plane) != PLANE_LIVING;
}

int wait_child_status(const struct recording *recording)
{
	if (!recording->reaped)
		return 128 + recording->last_signal;
	if (recording->child_code == CLD_EXITED)
		return recording->child_status;
	return 128 + recording->child_status;
}

int wait_child(struct recording *recording)
{
	while (recording->launched && !recording->reaped && recording->signals_taken < 2)
		wait_events(recording, 1000);
	return recording->launched ? wait_child_status(recording) : COMMAND_OK;
}
