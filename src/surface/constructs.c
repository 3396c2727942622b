// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The words for kinds of constructs, and what follows from a construct's list of items.
 */
#include "surface/surface.h"

#include <strings.h>

const struct kind_words kind_words[KIND_NKINDS] = {
	[KIND_FUNC] = { "func", "Function", "functions" },
	[KIND_STRUCT] = { "struct", "Struct", "structs" },
	[KIND_UNION] = { "union", "Union", "unions" },
	[KIND_ENUM] = { "enum", "Enum", "enums" },
	[KIND_TYPEDEF] = { "typedef", "Typedef", "typedefs" },
	[KIND_TRACEPOINT] = { "tracepoint", "Tracepoint", "tracepoints" },
	[KIND_LSM] = { "lsm", "LSM", "LSM hooks" },
	[KIND_KFUNC] = { "kfunc", "Kfunc", "kfuncs" },
	[KIND_SYSCALL] = { "syscall", "Syscall", "syscalls" },
	[KIND_CONFIG] = { "config", "Config", "config options" },
	[KIND_FEATURE] = { "feature", "BPF feature", "BPF features" },
	[KIND_FIELD] = { "field", "Field", "fields" },
};

enum kind kind_of_word(const char *word)
{
	enum kind k = KIND_FUNC;

	while (k < KIND_NKINDS && strcmp(word, kind_words[k].word) && strcmp(word, kind_words[k].plural))
		k++;
	return k;
}

uint32_t construct_nvariants(const struct surface *s, uint32_t c)
{
	uint32_t n = 1;

	while (c + n < s->constructs.n && s->constructs.v[c + n].variant == n)
		n++;
	return n;
}

bool item_is_flat(const struct surface *s, const struct construct *c, uint32_t item)
{
	const struct item *it = &s->items.v[item];
	uint8_t depth = it->depth;

	if (it->scope && !it->name)
		return false;
	for (uint32_t i = item; depth && i-- > c->items;) {
		const struct item *up = &s->items.v[i];

		if (up->depth >= depth)
			continue;
		if (up->name)
			return false;
		depth = up->depth;
	}
	return true;
}

int64_t enum_value_signed(const struct construct *e, int64_t value)
{
	uint32_t bytes = e->name ? e->size : 4;
	unsigned int unused = bytes && bytes < 8 ? 64 - bytes * 8 : 0;
	bool wide = !e->name && (value > UINT32_MAX || value < INT32_MIN);

	return wide ? value : (int64_t)((uint64_t)value << unused) >> unused;
}

/* Enums of the kernel whose values are what a BPF program or its loader asks a kernel for. */
static const char *const feature_enums[] = {
	"bpf_func_id", "bpf_map_type", "bpf_prog_type", "bpf_attach_type", "bpf_link_type",
};

static bool is_sentinel(const char *name)
{
	size_t n = strlen(name);

	return !strncmp(name, "__", 2) || !strncmp(name, "MAX_", 4) ||
	       (n > 7 && !strcasecmp(name + n - 7, "_unspec"));
}

bool feature_is(const char *enum_name, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(feature_enums); i++)
		if (!strcmp(enum_name, feature_enums[i]))
			return !is_sentinel(value);
	return false;
}

bool image_has_module(const struct image_info *info, const char *name)
{
	uint32_t lo = 0, hi = info->nmodules;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		int c = strcmp(info->modules[mid].name, name);

		if (!c)
			return true;
		if (c < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return false;
}

bool image_tells_more(const struct image_info *a, const struct image_info *b)
{
	if (b->facts & ~a->facts || b->kinds & ~a->kinds)
		return false;
	for (uint32_t i = 0; i < b->nmodules; i++)
		if (!image_has_module(a, b->modules[i].name))
			return false;
	return a->facts != b->facts || a->kinds != b->kinds || a->nmodules > b->nmodules;
}

bool image_knows_attach(const struct image_info *info)
{
	return info->facts & FACT_ATTACH;
}
