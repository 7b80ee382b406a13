/* SPDX-License-Identifier: MIT */
#ifndef CONFORMANCE_TABLE_H
#define CONFORMANCE_TABLE_H

/*
 * What Erlang/OTP's documentation says of generic servers, supervisors, links, monitors and timers,
 * and what libactor makes of it; docs/OTP.md is made from it. Each row is a case of the same name
 * in the file of its area.
 *
 *	X(name, page, section, sentence, verdict, why)
 *	page, section  of OTP's documentation; "Processes" and "Expressions" are chapters of the
 *	               Erlang Reference Manual, all others are modules
 *	sentence       as it stands there; what is left out is [...]
 *	verdict        SAME or DIFFERS
 *	why            where we differ: what we do instead, and why
 */

#include "table/aliases.h"
#include "table/calls.h"
#include "table/children.h"
#include "table/exits.h"
#include "table/gen_server.h"
#include "table/groups.h"
#include "table/intensity.h"
#include "table/links.h"
#include "table/messages.h"
#include "table/monitors.h"
#include "table/names.h"
#include "table/receive.h"
#include "table/requests.h"
#include "table/supervisors.h"
#include "table/sys.h"
#include "table/timers.h"

/* X(NAME, name, title) */
#define CONFORMANCE_AREAS(X)                                                \
	X(GEN_SERVER, gen_server, "Generic servers")                        \
	X(CALLS, calls, "Calls and casts")                                  \
	X(REQUESTS, requests, "Asynchronous requests")                      \
	X(MESSAGES, messages, "Actors and messages")                        \
	X(RECEIVE, receive, "Selective receive and postponing")             \
	X(ALIASES, aliases, "Aliases")                                      \
	X(LINKS, links, "Links")                                            \
	X(EXITS, exits, "Exits")                                            \
	X(MONITORS, monitors, "Monitors")                                   \
	X(TIMERS, timers, "Timers")                                         \
	X(NAMES, names, "Names")                                            \
	X(GROUPS, groups, "Groups")                                         \
	X(SUPERVISORS, supervisors, "Supervisors")                          \
	X(CHILDREN, children, "Children of supervisors")                    \
	X(INTENSITY, intensity, "Restart intensity and automatic shutdown") \
	X(SYS, sys, "System messages")

#endif
