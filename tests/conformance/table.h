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

#include "table/exits.h"
#include "table/links.h"
#include "table/monitors.h"

/* X(NAME, name, title) */
#define CONFORMANCE_AREAS(X)     \
	X(LINKS, links, "Links") \
	X(EXITS, exits, "Exits") \
	X(MONITORS, monitors, "Monitors")

#endif
