// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Error records: a code, a place and a sentence, owned by the caller. Never prints.
 */
#include "base/base.h"

#include <stdio.h>

int err_set(struct err *err, enum err_code code, const char *where, uint64_t offset,
	    const char *fmt, ...)
{
	va_list ap;

	if (err->code != ERR_NONE)
		return code;
	err->code = code;
	err->offset = offset;
	snprintf(err->where, sizeof(err->where), "%s", where ? where : "");
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	return code;
}

void err_clear(struct err *err)
{
	err->code = ERR_NONE;
	err->offset = ERR_NO_OFFSET;
	err->where[0] = '\0';
	err->msg[0] = '\0';
}

const char *err_text(const struct err *err, char *buf, size_t size)
{
	if (!err->where[0])
		snprintf(buf, size, "%s", err->msg);
	else if (err->offset == ERR_NO_OFFSET)
		snprintf(buf, size, "%s: %s", err->where, err->msg);
	else
		snprintf(buf, size, "%s+0x%llx: %s", err->where, (unsigned long long)err->offset,
			 err->msg);
	return buf;
}
