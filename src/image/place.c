// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where bare memory lies, told by the kernel's own symbols: by a text whose place and address are known, else by what
 * most calls or most pointers agree on. Never guesses: without a clear answer there is none. Formats: the direct calls of
 * A64, A32 (BL), RISC-V (auipc, jalr), LoongArch (bl) and z/Architecture (brasl).
 */
#define _GNU_SOURCE /* memmem */
#include "image/image_int.h"

#define PAGE	4096u
#define SAMPLE	512u
#define WITNESSES 64u /* less do not tell */
#define BUCKET	28 /* bits: pointers into one kernel share what is above these */
#define NTRIALS 8

/* Addresses of code symbols as bits, one for two bytes, so that many can be asked for. */
struct starts {
	uint64_t first, size;
	uint64_t *bits;
};

static void starts_init(struct starts *s, const struct image_letter *v, size_t n)
{
	uint64_t last = 0;

	*s = (struct starts){ .first = UINT64_MAX };
	for (size_t i = 0; i < n; i++) {
		if (v[i].letter != 't' && v[i].letter != 'T')
			continue;
		s->first = v[i].addr < s->first ? v[i].addr : s->first;
		last = v[i].addr > last ? v[i].addr : last;
	}
	if (last < s->first || last - s->first > IMAGE_KERNEL_SPAN)
		return;
	s->size = last - s->first + 1;
	s->bits = base_calloc(s->size / 128 + 1, sizeof(*s->bits));
	for (size_t i = 0; i < n; i++)
		if (v[i].letter == 't' || v[i].letter == 'T')
			s->bits[(v[i].addr - s->first) / 128] |= 1ull << (v[i].addr - s->first) / 2 % 64;
}

static bool starts_at(const struct starts *s, uint64_t addr)
{
	uint64_t at = addr - s->first;

	return at < s->size && !(at & 1) && (s->bits[at / 128] >> at / 2 % 64 & 1);
}

/* What is looked for: an address that, with the most of the samples, gives the start of a function. */
struct vote {
	uint64_t addr;
	unsigned int hits, second;
};

static void vote_for(struct vote *best, uint64_t addr, unsigned int hits)
{
	if (hits > best->hits)
		*best = (struct vote){ addr, hits, best->hits };
	else if (hits > best->second)
		best->second = hits;
}

static int by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Sorts, and keeps one of each: what is said many times is one witness. */
static unsigned int distinct(uint64_t *v, unsigned int n)
{
	unsigned int k = 0;

	qsort(v, n, sizeof(*v), by_number);
	for (unsigned int i = 0; i < n; i++)
		if (!i || v[i] != v[k - 1])
			v[k++] = v[i];
	return k;
}

/* ---- symbols have addresses; where in the memory are they? ---- */

/* Where the banner lies in the memory: the text, then a number. */
static bool banner_at(struct image_bytes b, uint64_t addr, uint64_t *ret)
{
	static const char text[] = "Linux version ";
	const uint8_t *p = b.data, *end = b.data + b.size;

	while ((p = memmem(p, (size_t)(end - p), text, sizeof(text) - 1))) {
		uint64_t at = addr - (uint64_t)(p - b.data);

		p += sizeof(text) - 1;
		if (p < end && *p >= '0' && *p <= '9' && !(at % PAGE)) {
			*ret = at;
			return true;
		}
	}
	return false;
}

static uint64_t sign_extend(uint64_t v, unsigned int bits)
{
	uint64_t sign = 1ull << (bits - 1);

	return ((v & ((sign << 1) - 1)) ^ sign) - sign;
}

/* Direct calls of the machines whose kernels are bare memory. `at` steps by the length of the shortest instruction. */
static bool call_to(const struct image *img, struct cur c, uint64_t *to)
{
	uint64_t at = cur_offset(&c);
	const char *arch = img->arch;

	if (!strcmp(arch, "s390x")) { /* brasl */
		if ((cur_u16(&c) & 0xff0f) != 0xc005)
			return false;
		*to = at + 2 * sign_extend(cur_u32(&c), 32);
	} else {
		uint32_t v = cur_u32(&c);

		if (!strcmp(arch, "arm64") && v >> 26 == 0x25)
			*to = at + 4 * sign_extend(v, 26);
		else if (!strcmp(arch, "armhf") && v >> 24 == 0xeb)
			*to = at + 8 + 4 * sign_extend(v, 24);
		else if (!strcmp(arch, "loongarch64") && v >> 26 == 0x15)
			*to = at + 4 * sign_extend((v >> 10 & 0xffff) | (v & 0x3ff) << 16, 26);
		else if (!strcmp(arch, "riscv64") && (v & 0xfff) == 0x097) /* auipc ra and jalr ra */
			*to = at + sign_extend((v & 0xfffff000) + sign_extend(cur_u32(&c) >> 20, 12), 32);
		else
			return false;
	}
	return !c.bad;
}

/* Calls are relative: where they go to in the memory must be where functions begin. */
static bool place_by_calls(const struct image *img, struct image_bytes b, const struct starts *s, uint64_t *ret)
{
	struct cur c = cur_init(b.data, b.size, image_swapped(img));
	struct vote best = { 0, 0, 0 };
	uint64_t to[SAMPLE], v, top = s->first & ~(uint64_t)(PAGE - 1);
	unsigned int n = 0;

	for (; n < SAMPLE && cur_left(&c) >= 8; cur_skip(&c, 2))
		if (call_to(img, c, &v) && v < b.size)
			to[n++] = v;
	n = distinct(to, n);
	for (uint64_t k = 0; n >= WITNESSES && k <= b.size / PAGE && k * PAGE <= top; k++) {
		unsigned int hits = 0;

		for (unsigned int i = 0; i < n; i++)
			hits += starts_at(s, top - k * PAGE + to[i]);
		vote_for(&best, top - k * PAGE, hits);
	}
	*ret = best.addr;
	return best.hits > n / 2 && best.hits > 2 * best.second;
}

bool image_place_letters(const struct image *img, struct image_bytes b, const struct image_letter *v, size_t n, uint64_t *ret)
{
	struct starts s;
	bool found;

	for (size_t i = 0; i < n; i++)
		if (!strcmp(v[i].name, "linux_banner") && banner_at(b, v[i].addr, ret))
			return true;
	starts_init(&s, v, n);
	found = s.bits && img->arch && place_by_calls(img, b, &s, ret);
	free(s.bits);
	return found;
}

/* ---- symbols have places in the memory; which addresses are they? ---- */

static uint64_t pointer(const struct image *img, struct cur *c)
{
	return img->pointer_size == 8 ? cur_u64(c) : cur_u32(c);
}

/* Words that could be pointers, by what they have in common above BUCKET bits; the most frequent first. */
struct bucket {
	uint64_t key;
	uint32_t n;
};

static int by_count(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;

	return x->n > y->n ? -1 : x->n < y->n;
}

static size_t find_buckets(const struct image *img, struct image_bytes b, struct bucket *ret)
{
	struct cur c = cur_init(b.data, b.size, image_swapped(img));
	struct bucket slots[1 << 12] = { { 0, 0 } };

	/* One slot a hash, kept by majority: what is frequent stays. */
	while (cur_left(&c) >= img->pointer_size) {
		uint64_t v = pointer(img, &c), key = v >> BUCKET;
		struct bucket *s = &slots[key * 0x9e3779b97f4a7c15u >> 52];

		if (v < PAGE || v % 2 || v + PAGE < v)
			continue;
		if (s->n && s->key != key)
			s->n--;
		else
			*s = (struct bucket){ key, s->n + 1 };
	}
	qsort(slots, ARRAY_SIZE(slots), sizeof(*slots), by_count);
	memcpy(ret, slots, NTRIALS * sizeof(*ret));
	return NTRIALS;
}

/* Every so many of the words of a bucket. */
static unsigned int sample(const struct image *img, struct image_bytes b, const struct bucket *k, uint64_t *v)
{
	struct cur c = cur_init(b.data, b.size, image_swapped(img));
	unsigned int n = 0, step = k->n / SAMPLE + 1;

	for (uint32_t i = 0; n < SAMPLE && cur_left(&c) >= img->pointer_size;) {
		uint64_t word = pointer(img, &c);

		if (word >> BUCKET == k->key && word % 2 == 0 && !(i++ % step))
			v[n++] = word;
	}
	return distinct(v, n);
}

bool image_place_offsets(const struct image *img, struct image_bytes b, const struct image_letter *v, size_t n, uint64_t *ret)
{
	struct bucket buckets[NTRIALS];
	size_t nbuckets = find_buckets(img, b, buckets);
	struct starts s;
	bool found = false;

	starts_init(&s, v, n);
	for (size_t k = 0; s.bits && !found && k < nbuckets && buckets[k].n >= WITNESSES; k++) {
		uint64_t words[SAMPLE], from, to;
		unsigned int nwords = sample(img, b, &buckets[k], words);
		struct vote best = { 0, 0, 0 };

		if (nwords < WITNESSES)
			continue;
		to = words[nwords / 2] & ~(uint64_t)(PAGE - 1);
		from = to > b.size ? (to - b.size) & ~(uint64_t)(PAGE - 1) : PAGE;
		for (uint64_t addr = from; addr <= to; addr += PAGE) {
			unsigned int hits = 0;

			for (unsigned int i = 0; i < nwords; i++)
				hits += starts_at(&s, words[i] - addr);
			vote_for(&best, addr, hits);
		}
		*ret = best.addr;
		found = best.hits > nwords / 20 && best.hits > 2 * best.second;
	}
	free(s.bits);
	return found;
}
