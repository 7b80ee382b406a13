/* SPDX-License-Identifier: MIT */
/* Lines of source from debugging information, which libdw reads. */
#include "strict.h"

#ifdef HAVE_LIBDW

#include <stdio.h>
#include <unistd.h>

#include <elfutils/libdwfl.h>

static const Dwfl_Callbacks callbacks = {
	.find_elf = dwfl_build_id_find_elf,
	.find_debuginfo = dwfl_standard_find_debuginfo,
	.section_address = dwfl_offline_section_address,
};

void strict_place(const struct strict *strict, struct strict_call *call)
{
	Dwfl *dwfl = dwfl_begin(&callbacks);
	Dwfl_Module *module = NULL;
	Dwfl_Line *line = NULL;
	const char *file;
	Dwarf_Addr bias = 0;
	int number = 0;

	if (dwfl == NULL)
		return;
	dwfl_report_begin(dwfl);
	module = dwfl_report_offline(dwfl, "", strict->object, -1);
	dwfl_report_end(dwfl, NULL, NULL);
	/* Where an object lies is of libdwfl's own choice. */
	if (module != NULL && dwfl_module_getelf(module, &bias) != NULL)
		line = dwfl_module_getsrc(module, call->address + bias);
	file = line != NULL ? dwfl_lineinfo(line, NULL, &number, NULL, NULL, NULL) : NULL;
	if (file != NULL)
		snprintf(call->place, sizeof(call->place), "%s:%d", file, number);
	dwfl_end(dwfl);
}

#else

void strict_place(const struct strict *strict, struct strict_call *call)
{
	(void)strict;
	(void)call;
}

#endif
