// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Two constructs of one kind, compared.
 */
#include "query/query.h"

void query_compare_constructs(struct query_compare *c, const struct surface *s, const struct construct *old,
			      const struct construct *new, bool layout)
{
	(void)c, (void)s, (void)old, (void)new, (void)layout;
}
