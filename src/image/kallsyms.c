// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The kernel's own symbol table (kallsyms), found in an image's bytes by its shape and decoded. Never takes a table
 * whose counts, markers or addresses do not fit each other. Format: scripts/kallsyms.c of Linux 4.6 to 7.x, which
 * writes it, and kernel/kallsyms.c, which reads it.
 */
#include "image/image_int.h"

/*
 * What is there, with the names that the kernel gives it:
 *
 *	token_table	256 closed texts, one for each value of a byte. A character that occurs in any name stands for
 *			itself: "0", "1", ... "9" lie side by side at '0'. Others stand for what often occurs.
 *	token_index	256 numbers of 16 bits: where each of them begins
 *	names		for each symbol a length (ULEB128 of at most two bytes) and as many bytes, each a token; the first
 *			letter is nm's letter of the symbol
 *	markers		for each 256th symbol the offset of its name: 32 bits, before 4.20 a long
 *	num_syms	the number of symbols, 32 bits in front of names (before 4.20 a long)
 *	offsets		for each symbol 32 bits, rising with the address; a long each where there is no relative_base
 *	relative_base	what offsets count from
 *	seqs_of_names	the symbols in the order of their names, 3 bytes each, since 6.2
 *
 * The order in memory, each part aligned to a long (7.0: to 4 bytes):
 *
 *	to 6.3		offsets relative_base num_syms names markers [seqs_of_names] token_table token_index
 *	6.4 to 6.19	num_syms names markers token_table token_index offsets relative_base seqs_of_names
 *	7.0		the same without relative_base: an offset counts from its own place; of a kernel of 32 bits that
 *			is not relocatable it is the address
 *
 * So the search goes: the ten digits, which with the index give the token table; in front of it the markers, which
 * begin with 0 and rise; in front of these the names, whose number and length must be what the markers and the number
 * in front of the names say; then the addresses, in one of the two places and of the form in which they rise.
 */

#define NTOKENS	      256u
#define NAME_MAX_LEN  511u /* KSYM_NAME_LEN - 1 since 6.1 */
#define NAME_SPAN_MAX (NAME_MAX_LEN + 3) /* a length and a name of no compression, with its letter */
#define MIN_SYMS      257u /* two markers: no kernel has less */
/* Names are packed to a third; what grows more is not written by a kernel's build. */
#define GROWTH_MAX 32u
/* Words looked at in the search of one section: of a real kernel some hundred thousand. */
#define STEPS_MAX (1u << 26)

enum form {
	FORM_RELATIVE, /* relative_base + offset */
	FORM_PERCPU,   /* offset, when it is not negative: per-processor; else relative_base - 1 - offset (x86, to 6.14) */
	FORM_PLACE,    /* the place of the offset + offset */
	FORM_ADDRESS,  /* a long each */
};

#define COPY 16u /* bytes that are copied at once */

struct token {
	uint64_t at;
	uint32_t len;
	char begins[COPY];
};

struct tables {
	const struct image *img;
	const struct image_sec *sec; /* all tables lie in one */
	const uint8_t *data;
	uint64_t size, addr; /* of sec */
	uint64_t steps;
	unsigned int word; /* bytes of a long */
	/* Places in data. */
	uint64_t tokens, index, markers, names, offsets;
	struct token token[NTOKENS];
	uint32_t num;
	unsigned int marker_size;
	enum form form;
	bool has_base;
	uint64_t base_at, base;
};

static uint64_t number(const struct tables *t, uint64_t at, unsigned int size)
{
	struct cur c;

	if (at > t->size)
		return 0;
	c = cur_init(t->data + at, t->size - at, image_swapped(t->img));
	return size == 2 ? cur_u16(&c) : size == 4 ? cur_u32(&c) : cur_u64(&c);
}

/* Memory of which nobody knows yet where it lies. */
static bool is_bare(const struct tables *t)
{
	return !t->img->elf && !t->addr;
}

/* ---- tokens ---- */

/* "0" to "9", each closed: 20 bytes. */
static bool digits_at(const struct tables *t, uint64_t at)
{
	if (at > t->size || t->size - at < 20)
		return false;
	for (unsigned int i = 0; i < 10; i++)
		if (t->data[at + 2 * i] != '0' + i || t->data[at + 2 * i + 1])
			return false;
	return true;
}

/*
 * The next place of the digits from `at`, a multiple of 16; UINT64_MAX: none. One look every 16 bytes is enough: a multiple
 * of 16 is among the first 16 of the 20 bytes, so that the 4 bytes from there on are two digits and two zeros.
 */
static uint64_t next_digits(const struct tables *t, uint64_t at)
{
	for (; at + 4 <= t->size; at += 16) {
		unsigned int odd = !t->data[at];
		uint8_t v[4];
		uint64_t from;

		memcpy(v, t->data + at, 4);
		if (v[!odd] || v[2 + !odd] || v[odd] < '0' || v[odd] > '8' || v[2 + odd] != v[odd] + 1)
			continue;
		from = 2ull * (v[odd] - '0') - odd;
		if (from <= at && digits_at(t, at - from))
			return at - from;
	}
	return UINT64_MAX;
}

/* The end of a token that begins at `at`; 0 when it is none. Only what can stand in a name. */
static uint64_t token_end(const struct tables *t, uint64_t at)
{
	for (uint64_t p = at; p < t->size && p - at <= NAME_MAX_LEN; p++) {
		if (!t->data[p])
			return p + 1;
		if (t->data[p] <= ' ' || t->data[p] > '~')
			return 0;
	}
	return 0;
}

/* The digits are a part of a token table when the index behind it fits all tokens. */
static bool tokens_at(struct tables *t, uint64_t digits)
{
	uint64_t end = digits, at;

	for (unsigned int i = '0'; i < NTOKENS; i++) {
		end = token_end(t, end);
		if (!end)
			return false;
	}
	for (t->index = end; t->index < end + 8 && t->size - t->index >= 2 * NTOKENS; t->index++) {
		unsigned int i = 0;

		if (number(t, t->index, 2) || number(t, t->index + 2 * '1', 2) - number(t, t->index + 2 * '0', 2) != 2 ||
		    number(t, t->index + 2 * '0', 2) > digits)
			continue;
		t->tokens = at = digits - number(t, t->index + 2 * '0', 2);
		while (i < NTOKENS && at - t->tokens == number(t, t->index + 2 * i, 2)) {
			uint64_t next = token_end(t, at);

			if (!next)
				break;
			t->token[i] = (struct token){ .at = at, .len = (uint32_t)(next - at - 1) };
			memcpy(t->token[i].begins, t->data + at, t->token[i].len < COPY ? t->token[i].len : COPY);
			i++;
			at = next;
		}
		if (i == NTOKENS && at == end)
			return true;
	}
	return false;
}

/* ---- names and markers ---- */

static uint64_t marker(const struct tables *t, uint64_t at, uint64_t i)
{
	return number(t, at + i * t->marker_size, t->marker_size);
}

static bool marker_follows(uint64_t from, uint64_t to)
{
	return to > from && to - from >= 2 * 256 && to - from <= 256 * NAME_SPAN_MAX;
}

/* What is left in front of the next part: zeros up to a multiple of 4 or 8. */
static bool padding(struct cur *c)
{
	if (cur_left(c) >= 8)
		return false;
	while (cur_left(c))
		if (cur_u8(c))
			return false;
	return true;
}

/* Walks all names: each marker must be where the walk is. */
static bool names_fit(struct tables *t)
{
	struct cur c = cur_init(t->data + t->names, t->markers - t->names, false);

	for (uint32_t i = 0; i < t->num; i++) {
		uint32_t len;

		if (!(i & 255) && cur_offset(&c) != marker(t, t->markers, i >> 8))
			return false;
		len = cur_u8(&c);
		if (len & 0x80)
			len = (len & 0x7f) | (uint32_t)cur_u8(&c) << 7;
		cur_skip(&c, len);
		if (!len || c.bad)
			return false;
	}
	t->steps += t->num;
	return padding(&c);
}

/*
 * Looks for the names in front of the markers: the number of symbols in front of them says how many markers there
 * are, and the last of these how far from here they begin.
 */
static bool find_names(struct tables *t)
{
	for (uint64_t at = t->markers & ~3ull; at >= 8 && t->steps < STEPS_MAX; at -= 4, t->steps++) {
		for (unsigned int gap = 4; gap <= 8; gap += 4) {
			uint64_t num = number(t, at - gap, 4), last = (num - 1) / 256, begins, rest;

			if (num < MIN_SYMS || last >= (t->tokens - t->markers) / t->marker_size)
				continue;
			begins = marker(t, t->markers, last);
			rest = t->markers - at - begins;
			if (t->markers - at < begins || rest < 2 * (num - 256 * last) ||
			    rest > (num - 256 * last) * NAME_SPAN_MAX + 8)
				continue;
			t->names = at;
			t->num = (uint32_t)num;
			if (names_fit(t))
				return true;
		}
	}
	return false;
}

/* Since 6.2 the seqs_of_names can lie between the markers and the tokens: back to where a 0 and rising numbers are. */
static bool find_markers(struct tables *t)
{
	for (t->marker_size = 4; t->marker_size <= t->word; t->marker_size += 4) {
		uint64_t at = t->tokens & ~3ull;

		while (at >= 16 && t->steps < STEPS_MAX) {
			at -= 4;
			t->steps++;
			if (at + 2 * t->marker_size > t->tokens || number(t, at, 4) || marker(t, at, 0) ||
			    !marker_follows(0, marker(t, at, 1)))
				continue;
			t->markers = at;
			if (find_names(t))
				return true;
		}
	}
	return false;
}

/* ---- addresses ---- */

static uint64_t address(const struct tables *t, uint64_t i)
{
	uint64_t at = t->offsets + i * (t->form == FORM_ADDRESS ? t->word : 4), v;
	int64_t offset;

	if (t->form == FORM_ADDRESS)
		return number(t, at, t->word);
	v = number(t, at, 4);
	offset = (int32_t)v;
	if (t->form == FORM_PLACE)
		v = t->addr + at + (uint64_t)offset;
	else if (t->form == FORM_RELATIVE)
		v += t->base;
	else
		v = offset >= 0 ? v : t->base - 1 - (uint64_t)offset;
	return t->word == 8 ? v : (uint32_t)v;
}

/* Symbols lie by address. Not all at one place: rising by chance are zeros, too. */
static bool addresses_rise(const struct tables *t)
{
	uint64_t last = address(t, 0), steps = 0;

	if (t->form == FORM_RELATIVE && last < t->base)
		return false;
	for (uint32_t i = 1; i < t->num; i++) {
		uint64_t v = address(t, i);

		if (v < last)
			return false;
		steps += v > last;
		last = v;
	}
	return steps > t->num / 8;
}

/* Addresses lie in the image, but for the few that a linker script or the architecture gives. */
static bool addresses_lie_inside(const struct tables *t)
{
	uint64_t inside = 0;
	size_t k = 0;

	if (is_bare(t))
		return true;
	for (uint32_t i = 0; i < t->num; i++) {
		uint64_t v = address(t, i);

		for (size_t n = 0; n < t->img->secs.n; n++, k = (k + 1) % t->img->secs.n) {
			const GElf_Shdr *h = &t->img->secs.v[k].hdr;

			if ((h->sh_flags & SHF_ALLOC) && v >= h->sh_addr && v - h->sh_addr <= h->sh_size) {
				inside++;
				break;
			}
		}
		if (i == 1023)
			break;
	}
	return inside > (t->num < 1024 ? t->num : 1024) / 2;
}

/* Where bare memory begins when the lowest symbol lies there: near the start. */
static uint64_t memory_start(const struct image *img, uint64_t lowest)
{
	uint64_t align = img->load_align ? img->load_align : 0x1000;

	return ((lowest - img->load_offset) & ~(align - 1)) + img->load_offset;
}

/*
 * What the linker left to a relocation (RELA): the addend of the one for this place. Of bare memory the place's address
 * is not known, but there relative_base is the lowest symbol, and tells where the memory begins. s390 has a relocation
 * to a symbol instead of an addend; but its memory begins where all of them do.
 */
static uint64_t relocated_base(const struct tables *t)
{
	for (size_t i = 0; t->word == 8 && i < t->img->secs.n; i++) {
		const struct image_sec *sec = &t->img->secs.v[i];
		struct cur c = cur_init(sec->bytes.data, sec->bytes.size, image_swapped(t->img));

		if (sec->hdr.sh_type != SHT_RELA || !(sec->hdr.sh_flags & SHF_ALLOC))
			continue;
		while (cur_left(&c) >= sizeof(Elf64_Rela)) {
			uint64_t at = cur_u64(&c), addend;

			cur_skip(&c, 8);
			addend = cur_u64(&c);
			if (addend && at - t->base_at == (is_bare(t) ? memory_start(t->img, addend) : t->addr))
				return addend;
		}
	}
	return is_bare(t) && t->img->arch && !strcmp(t->img->arch, "s390x") ? t->img->load_offset : 0;
}

/* The symbols in the order of their names: each once. It tells where the addresses end, and with that what they are. */
static bool seqs_at(const struct tables *t, uint64_t at)
{
	struct cur c = cur_init(t->data, t->size, false);
	uint64_t *seen = base_calloc(t->num / 64 + 1, sizeof(*seen));
	uint32_t i;

	cur_skip(&c, at);
	for (i = 0; i < t->num; i++) {
		uint32_t hi = cur_u8(&c), mid = cur_u8(&c), seq = hi << 16 | mid << 8 | cur_u8(&c);

		if (c.bad || seq >= t->num || (seen[seq / 64] >> seq % 64 & 1))
			break;
		seen[seq / 64] |= 1ull << seq % 64;
	}
	free(seen);
	return i == t->num;
}

static bool form_fits(struct tables *t, enum form form, uint64_t offsets, uint64_t base_at)
{
	uint64_t size = (uint64_t)t->num * (form == FORM_ADDRESS ? t->word : 4);

	if (offsets > t->size || t->size - offsets < size)
		return false;
	t->form = form;
	t->offsets = offsets;
	t->base = 0;
	t->has_base = form == FORM_RELATIVE || form == FORM_PERCPU;
	if (t->has_base) {
		if (base_at > t->size || t->size - base_at < t->word)
			return false;
		t->base_at = base_at;
		t->base = number(t, base_at, t->word);
		if (!t->base)
			t->base = relocated_base(t);
	}
	return addresses_rise(t) && addresses_lie_inside(t);
}

static uint64_t aligned(const struct tables *t, uint64_t at)
{
	return ((t->addr + at + t->word - 1) & ~(uint64_t)(t->word - 1)) - t->addr;
}

/* 6.4 and later: addresses, relative_base where there is one, seqs_of_names, which are always there. */
static bool addresses_behind(struct tables *t)
{
	uint64_t at = t->index + 2 * NTOKENS, from = aligned(t, at), base = aligned(t, from + 4ull * t->num);

	if (base < t->size && seqs_at(t, base + t->word) &&
	    (form_fits(t, FORM_RELATIVE, from, base) || form_fits(t, FORM_PERCPU, from, base)))
		return true;
	if (seqs_at(t, from + (uint64_t)t->word * t->num) && form_fits(t, FORM_ADDRESS, from, 0))
		return true;
	at = (at + 3) & ~3ull;
	return seqs_at(t, at + 4ull * t->num) && form_fits(t, FORM_PLACE, at, 0);
}

static bool addresses_in_front(struct tables *t)
{
	uint64_t size = 4ull * t->num, num_at = t->names - t->word, base = num_at - t->word, from;

	if (t->names < size + 3 * t->word)
		return false;
	from = (base - size) & ~(uint64_t)(t->word - 1);
	return form_fits(t, FORM_RELATIVE, from, base) || form_fits(t, FORM_PERCPU, from, base) ||
	       form_fits(t, FORM_ADDRESS, num_at - (uint64_t)t->word * t->num, 0);
}

/* ---- the whole ---- */

/* The length of the text of name i, whose bytes begin at the cursor; 0 when it is none. */
static uint32_t name_length(const struct tables *t, struct cur *c, const uint8_t **bytes, uint32_t *n)
{
	uint64_t len = 0;

	*n = cur_u8(c);
	if (*n & 0x80)
		*n = (*n & 0x7f) | (uint32_t)cur_u8(c) << 7;
	*bytes = c->p;
	cur_skip(c, *n);
	for (uint32_t i = 0; !c->bad && i < *n; i++)
		len += t->token[(*bytes)[i]].len;
	return len >= 2 && len <= NAME_MAX_LEN + 1 ? (uint32_t)len : 0;
}

/* All names behind each other, closed; an arena of the image holds them. */
static int decode(struct image *img, const struct tables *t, struct image_letter *letters, struct err *err)
{
	struct cur c = cur_init(t->data + t->names, t->markers - t->names, false);
	static const char nm_letters[] = "aAbBcCdDgGiIpPrRsStTuvVwW?";
	uint64_t total = 0, most = GROWTH_MAX * (t->markers - t->names);
	const uint8_t *bytes;
	uint32_t n;
	char *to;

	for (uint32_t i = 0; i < t->num; i++) {
		uint64_t at = t->names + cur_offset(&c);
		uint32_t len = name_length(t, &c, &bytes, &n);

		total += len + 1;
		if (!len || total > most || !memchr(nm_letters, t->data[t->token[bytes[0]].at], sizeof(nm_letters) - 1))
			return err_set(err, ERR_FORMAT, img->path, t->sec->hdr.sh_offset + at,
				       "kallsyms: symbol %u of %u has no letter, no name, or one that is too long", i, t->num);
	}
	to = arena_alloc(&img->arena, total + COPY);
	c = cur_init(t->data + t->names, t->markers - t->names, false);
	for (uint32_t i = 0; i < t->num; i++) {
		name_length(t, &c, &bytes, &n);
		letters[i] = (struct image_letter){ .name = to, .addr = address(t, i) };
		for (uint32_t k = 0; k < n; k++) {
			const struct token *token = &t->token[bytes[k]];

			/* Most are short; what is copied behind their end is overwritten. */
			memcpy(to, token->begins, COPY);
			if (BASE_UNLIKELY(token->len > COPY))
				memcpy(to, t->data + token->at, token->len);
			to += token->len;
		}
		letters[i].letter = *letters[i].name++;
		*to++ = '\0';
	}
	return 0;
}

/*
 * The address of bare memory. Where offsets count from their own place, or from a base that a relocation would set,
 * symbols are places in the memory so far: then its first symbol lies where the memory begins. What neither symbols nor
 * calls tell, the machine and the image's header may.
 */
static int place_memory(struct image *img, const struct tables *t, struct image_letter *v, struct err *err)
{
	bool offsets = t->form == FORM_PLACE || (t->has_base && !t->base);
	struct image_bytes memory = t->sec->bytes;
	uint64_t addr;

	if (offsets ? !image_place_offsets(img, memory, v, t->num, &addr) :
		      !image_place_letters(img, memory, v, t->num, &addr)) {
		if (offsets || !img->load_align)
			return err_set(err, ERR_UNSUPPORTED, img->path, ERR_NO_OFFSET,
				       "kallsyms: where the kernel's memory lies cannot be told");
		addr = memory_start(img, v[0].addr);
	}
	for (uint32_t i = 0; offsets && i < t->num; i++)
		v[i].addr += addr;
	img->secs.v[t->sec - img->secs.v].hdr.sh_addr = addr;
	return 0;
}

/* All tables that lie in one section: 0, ERR_MISSING without a token table, ERR_FORMAT when the rest does not fit it. */
static int find_tables(struct tables *t, struct err *err)
{
	const char *lacks = NULL;
	uint64_t at = 0, where = 0;

	while (t->steps < STEPS_MAX && (at = next_digits(t, at)) != UINT64_MAX) {
		if (tokens_at(t, at)) {
			t->steps += 16 * (uint64_t)t->num; /* of the table before */
			if (!find_markers(t))
				lacks = "its names and markers do not fit each other";
			else if (!addresses_behind(t) && !addresses_in_front(t))
				lacks = "no addresses that rise lie beside it";
			else
				return 0;
			where = t->sec->hdr.sh_offset + t->tokens;
		}
		at = (at + 20 + 15) & ~15ull; /* the next begins behind these */
	}
	if (!lacks)
		return ERR_MISSING;
	return err_set(err, ERR_FORMAT, t->img->path, where, "kallsyms: a token table, but %s", lacks);
}

static bool to_search(const struct image_sec *sec)
{
	return (sec->hdr.sh_flags & SHF_ALLOC) && sec->bytes.data && sec->hdr.sh_type != SHT_RELA;
}

int image_kallsyms_letters(struct image *img, struct image_letters *ret, struct err *err)
{
	struct image_letter *letters;
	struct err first = ERR_INIT;
	struct tables t;
	int rc = ERR_MISSING;

	for (size_t i = 0; rc && i < img->secs.n; i++) {
		const struct image_sec *sec = &img->secs.v[i];

		if (!to_search(sec))
			continue;
		t = (struct tables){ .img = img,
				     .sec = sec,
				     .data = sec->bytes.data,
				     .size = sec->bytes.size,
				     .addr = sec->hdr.sh_addr,
				     .word = img->pointer_size };
		rc = find_tables(&t, &first);
	}
	if (rc && first.code) {
		if (!err->code)
			*err = first;
		return (int)first.code;
	}
	if (rc)
		return err_set(err, ERR_MISSING, img->path, ERR_NO_OFFSET, "no kallsyms tables (CONFIG_KALLSYMS) in its bytes");
	letters = base_alloc(t.num * sizeof(*letters));
	rc = decode(img, &t, letters, err);
	if (!rc && is_bare(&t))
		rc = place_memory(img, &t, letters, err);
	if (rc) {
		free(letters);
		return rc;
	}
	*ret = (struct image_letters){ letters, t.num };
	return 0;
}

int image_read_kallsyms(struct image *img, struct err *err)
{
	struct image_letters letters;
	int rc = image_kallsyms_letters(img, &letters, err);

	if (rc)
		return rc;
	rc = image_set_letters(img, letters.v, letters.n, err);
	free(letters.v);
	return rc;
}
