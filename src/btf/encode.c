// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Writes raw BTF: a header, records of types, strings (Documentation/bpf/btf.rst of the kernel), in either byte
 * order. What the records say is the caller's; nothing of them is looked at.
 */
#include "btf/btf_types.h"

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define BTF_MAGIC_NUMBER 0xeb9f
#define BTF_HEADER_BYTES 24

static int no_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	(void)level, (void)fmt, (void)args;
	return 0;
}

bool btf_is_readable(const void *data, uint64_t size)
{
	struct btf *btf;

	if (!size || size > UINT32_MAX)
		return false;
	libbpf_set_print(no_print);
	btf = btf__new(data, (uint32_t)size);
	if (libbpf_get_error(btf))
		return false;
	btf__free(btf);
	return true;
}

void btf_encoder_init(struct btf_encoder *e, const struct strtab *names)
{
	*e = (struct btf_encoder){ .names = names };
	buf_char(&e->strings, '\0'); /* offset 0 is no name */
}

void btf_encoder_done(struct btf_encoder *e)
{
	VEC_DONE(&e->offset_of);
	VEC_DONE(&e->head);
	VEC_DONE(&e->tail);
	buf_done(&e->strings);
}

uint32_t btf_encoder_name(struct btf_encoder *e, uint32_t id)
{
	if (!id)
		return 0;
	if (id >= e->offset_of.n) {
		size_t more = e->names->entries.n - e->offset_of.n;

		VEC_RESERVE(&e->offset_of, more);
		memset(e->offset_of.v + e->offset_of.n, 0, more * sizeof(*e->offset_of.v));
		e->offset_of.n += more;
	}
	if (!e->offset_of.v[id]) {
		e->offset_of.v[id] = (uint32_t)e->strings.n + 1;
		buf_put(&e->strings, strtab_text(e->names, id), strtab_len(e->names, id) + 1);
	}
	return e->offset_of.v[id] - 1;
}

static void put_words(struct buf *ret, const uint32_t *v, size_t n, bool swap)
{
	if (!swap) {
		buf_put(ret, v, n * sizeof(*v));
		return;
	}
	buf_grow(ret, n * sizeof(*v));
	for (size_t i = 0; i < n; i++) {
		uint32_t w = __builtin_bswap32(v[i]);

		buf_put(ret, &w, sizeof(w));
	}
}

int btf_encoder_write(const struct btf_encoder *e, bool swap, struct buf *ret, struct err *err)
{
	uint64_t types = (e->head.n + e->tail.n) * sizeof(uint32_t);
	uint32_t words[] = { BTF_HEADER_BYTES, 0, (uint32_t)types, (uint32_t)types, (uint32_t)e->strings.n };
	uint16_t magic = BTF_MAGIC_NUMBER;

	if (types + e->strings.n > UINT32_MAX)
		return err_set(err, ERR_UNSUPPORTED, NULL, ERR_NO_OFFSET, "the types do not fit in BTF: over 4 GiB");
	magic = swap ? __builtin_bswap16(magic) : magic;
	buf_put(ret, &magic, sizeof(magic));
	buf_char(ret, 1); /* version */
	buf_char(ret, 0); /* flags */
	put_words(ret, words, ARRAY_SIZE(words), swap);
	put_words(ret, e->head.v, e->head.n, swap);
	put_words(ret, e->tail.v, e->tail.n, swap);
	buf_put(ret, e->strings.v, e->strings.n);
	return 0;
}
