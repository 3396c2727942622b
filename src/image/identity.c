// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Who an image is, from what it carries: linux_banner (init/version.c), the GNU build id note,
 * .comment, the ELF header. The file's name only fills what the image lacks.
 */
#define _GNU_SOURCE /* memmem */
#include "image/image_int.h"

#include <stdio.h>

#define BANNER_MAX 1024
#define NOTE_GNU_BUILD_ID 3

static const char *banner_text(struct arena *a, const uint8_t *p, uint64_t size)
{
	uint64_t n = 0;

	while (n < size && n < BANNER_MAX && p[n] && p[n] != '\n')
		n++;
	return arena_strndup(a, (const char *)p, n);
}

/* "#1 SMP": a kernel that is linked twice also carries the first link's banner, whose build has no number yet. */
static bool has_build_number(const char *banner)
{
	const char *p = strstr(banner, " #");

	return p && p[2] >= '0' && p[2] <= '9';
}

/* The banner by its symbol, else the first "Linux version <digit>" of the image's data, one with a number if there is. */
static const char *find_banner(struct image *img, struct arena *a)
{
	static const char start[] = "Linux version ";
	struct image_bytes at = image_at(img, image_symbol_value(img, "linux_banner"));
	const char *first = "";

	if (at.size > sizeof(start) && !memcmp(at.data, start, sizeof(start) - 1))
		return banner_text(a, at.data, at.size);
	for (size_t i = 0; i < img->secs.n; i++) {
		const struct image_sec *sec = &img->secs.v[i];
		const uint8_t *p = sec->bytes.data, *end, *hit;

		if (!p || !(sec->hdr.sh_flags & SHF_ALLOC) || (sec->hdr.sh_flags & SHF_EXECINSTR))
			continue;
		for (end = p + sec->bytes.size;
		     (hit = memmem(p, (size_t)(end - p), start, sizeof(start) - 1)); p = hit + 1) {
			const char *text;

			if (hit + sizeof(start) >= end || hit[sizeof(start) - 1] < '0' || hit[sizeof(start) - 1] > '9')
				continue;
			text = banner_text(a, hit, (uint64_t)(end - hit));
			if (has_build_number(text))
				return text;
			if (!*first)
				first = text;
		}
	}
	return first;
}

bool image_note_build_id(struct image_bytes notes, bool swap, struct buf *hex)
{
	struct cur c = cur_init(notes.data, notes.size, swap);

	while (cur_left(&c) >= 12) {
		uint32_t namesz = cur_u32(&c), descsz = cur_u32(&c), type = cur_u32(&c);
		const uint8_t *name = c.p, *desc;

		cur_skip(&c, ((uint64_t)namesz + 3) & ~3ull);
		desc = c.p;
		cur_skip(&c, ((uint64_t)descsz + 3) & ~3ull);
		if (c.bad || type != NOTE_GNU_BUILD_ID || namesz != 4 || memcmp(name, "GNU", 4) || descsz > 64)
			continue;
		for (uint32_t k = 0; k < descsz; k++)
			buf_printf(hex, "%02x", desc[k]);
		return true;
	}
	return false;
}

static const char *find_build_id(struct image *img, struct arena *a)
{
	for (size_t i = 0; i < img->secs.n; i++) {
		const struct image_sec *sec = &img->secs.v[i];
		struct buf hex = { 0 };
		const char *text;

		if (sec->hdr.sh_type != SHT_NOTE || !image_note_build_id(sec->bytes, image_swapped(img), &hex))
			continue;
		text = arena_strndup(a, hex.v, hex.n);
		buf_done(&hex);
		return text;
	}
	return "";
}

/* "Linux version R (who) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld ...) #1": what the second parenthesis begins with. */
static const char *banner_compiler(struct arena *a, const char *banner)
{
	const char *from = strstr(banner, ") ("), *p;
	int depth = 0;

	if (!from)
		return "";
	from += 3;
	for (p = from; *p && (depth || (*p != ',' && *p != ')')); p++)
		depth += (*p == '(') - (*p == ')');
	return arena_strndup(a, from, (size_t)(p - from));
}

static const char *find_comment(struct image *img, struct arena *a)
{
	const struct image_sec *sec = image_find_sec(img, ".comment");
	uint64_t n = 0, from;

	if (!sec || !sec->bytes.data)
		return "";
	/* A linked module may begin with an empty one. */
	while (n < sec->bytes.size && !sec->bytes.data[n])
		n++;
	from = n;
	while (n < sec->bytes.size && sec->bytes.data[n])
		n++;
	return arena_strndup(a, (const char *)sec->bytes.data + from, n - from);
}

/* The release in "Linux version RELEASE (...", or in a file name vmlinux-RELEASE; "" when neither. */
static const char *find_release(const struct image *img, struct arena *a, const char *banner)
{
	const char *slash = strrchr(img->path, '/'), *file = slash ? slash + 1 : img->path;
	const char *p = banner;

	if (!strncmp(p, "Linux version ", 14)) {
		p += 14;
		return arena_strndup(a, p, strcspn(p, " "));
	}
	while (*file && (*file < '0' || *file > '9'))
		file++;
	return arena_strndup(a, file, strlen(file));
}

/* Of a module: vermagic, or, where the file holds debug information only, the folder: lib/modules/RELEASE/. */
static const char *module_release(struct image *img, struct arena *a)
{
	const char *release = image_modinfo(img).release, *folder = strstr(img->path, "lib/modules/");

	if (*release || !folder)
		return arena_strndup(a, release, strlen(release));
	folder += strlen("lib/modules/");
	return arena_strndup(a, folder, strcspn(folder, "/"));
}

/* ---- raw BTF: what its names tell ---- */

struct word {
	const char *word, *means;
};

static const struct word arch_words[] = {
	{ "x86_64", "amd64" },	 { "amd64", "amd64" },	    { "arm64", "arm64" },	{ "aarch64", "arm64" },
	{ "i386", "i386" },	 { "i686", "i386" },	    { "x86", "i386" },		{ "s390x", "s390x" },
	{ "ppc64el", "ppc64el" }, { "ppc64le", "ppc64el" }, { "ppc64", "ppc64" },	{ "riscv64", "riscv64" },
	{ "armhf", "armhf" },	 { "armv7l", "armhf" },	    { "armv7hl", "armhf" },	{ "arm", "armhf" },
	{ "loongarch64", "loongarch64" }, { "loong64", "loongarch64" },
};

static const struct word distro_words[] = {
	{ "ubuntu", "ubuntu" },	    { "debian", "debian" },	{ "fedora", "fedora" },	  { "centos", "centos" },
	{ "rhel", "rhel" },	    { "ol", "oracle" },		{ "oracle", "oracle" },	  { "amzn", "amazon" },
	{ "amazonlinux", "amazon" }, { "amazon", "amazon" },	{ "sles", "suse" },	  { "opensuse-leap", "suse" },
	{ "suse", "suse" },	    { "rocky", "rocky" },	{ "almalinux", "almalinux" }, { "arch", "arch" },
};

/* The last folder of a path, of archives and their members alike, that is one of the words; "" without. */
static const char *folder_word(const char *path, const struct word *words, size_t n)
{
	const char *ret = "";

	for (size_t len; *path; path += len + 1) {
		len = strcspn(path, "/:");
		if (!path[len])
			break;
		for (size_t i = 0; i < n; i++)
			if (strlen(words[i].word) == len && !memcmp(path, words[i].word, len))
				ret = words[i].means;
	}
	return ret;
}

/*
 * The machine of types that nothing names, by a member of its registers that others do not have. Sizes and byte order
 * tell siblings apart.
 */
struct regs_member {
	const char *member;
	unsigned int pointer_size;
	const char *little, *big;
};

static const struct regs_member regs_members[] = {
	{ "di", 8, "amd64", "" },    { "di", 4, "i386", "" },	       { "psw", 8, "", "s390x" },
	{ "epc", 8, "riscv64", "" }, { "pstate", 8, "arm64", "" },     { "orig_x0", 8, "arm64", "" },
	{ "uregs", 4, "armhf", "" }, { "gpr", 8, "ppc64el", "ppc64" }, { "csr_era", 8, "loongarch64", "" },
	{ "orig_gpr2", 8, "", "s390x" },
};

/* BTF's words and names, as far as finding a struct's members by name needs them. */
struct btf_names {
	struct cur types;
	const char *names;
	uint64_t nnames;
	bool swap;
};

static bool open_names(const struct image *img, struct btf_names *b)
{
	const struct image_bytes raw = { img->data, img->size };
	struct cur c = cur_init(raw.data, raw.size, false);
	uint64_t header, types, ntypes, names;

	b->swap = c.swap = cur_u16(&c) != 0xeb9f;
	cur_skip(&c, 2);
	header = cur_u32(&c);
	types = cur_u32(&c);
	ntypes = cur_u32(&c);
	names = cur_u32(&c);
	b->nnames = cur_u32(&c);
	if (c.bad || header + types > raw.size || ntypes > raw.size - header - types || header + names > raw.size ||
	    b->nnames > raw.size - header - names || !b->nnames || raw.data[header + names + b->nnames - 1])
		return false;
	b->types = cur_init(raw.data + header + types, ntypes, c.swap);
	b->names = (const char *)raw.data + header + names;
	return true;
}

static const char *name_at(const struct btf_names *b, uint32_t offset)
{
	return offset < b->nnames ? b->names + offset : "";
}

/* Bytes that a record's three words are followed by: kinds as in include/uapi/linux/btf.h; UINT64_MAX: unknown. */
static uint64_t btf_more(uint32_t kind, uint32_t vlen)
{
	static const uint8_t fixed[20] = { [1] = 4, [3] = 12, [14] = 4, [17] = 4 };
	static const uint8_t each[20] = { [4] = 12, [5] = 12, [6] = 8, [13] = 8, [15] = 12, [19] = 12 };

	return kind && kind < ARRAY_SIZE(fixed) ? fixed[kind] + (uint64_t)each[kind] * vlen : UINT64_MAX;
}

/* What the members of a struct pt_regs, at most `n` of them, tell. */
static const char *arch_of_members(const struct btf_names *b, struct cur c, uint32_t n, unsigned int pointer_size)
{
	for (uint32_t i = 0; i < n && !c.bad; i++) {
		const char *member = name_at(b, cur_u32(&c));

		cur_skip(&c, 8);
		for (size_t k = 0; k < ARRAY_SIZE(regs_members); k++)
			if (regs_members[k].pointer_size == pointer_size && !strcmp(member, regs_members[k].member))
				return b->swap == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) ? regs_members[k].big :
											       regs_members[k].little;
	}
	return "";
}

/*
 * Pointers are as large as "unsigned long", which pahole calls "long unsigned int". On some machines the registers are
 * in a struct user_pt_regs.
 */
static const char *arch_of_types(const struct image *img, unsigned int *pointer_size)
{
	const char *ret = "";
	struct btf_names b;

	*pointer_size = 0;
	if (!open_names(img, &b))
		return "";
	for (int pass = 0; pass < 2; pass++) {
		struct cur c = b.types;

		while (cur_left(&c) >= 12) {
			const char *name = name_at(&b, cur_u32(&c));
			uint32_t info = cur_u32(&c), word = cur_u32(&c), kind = info >> 24 & 0x1f, vlen = info & 0xffff;
			uint64_t more = btf_more(kind, vlen);

			if (!pass && kind == 1 && (!strcmp(name, "long unsigned int") || !strcmp(name, "unsigned long")))
				*pointer_size = word;
			if (pass && kind == 4 && !*ret && (!strcmp(name, "pt_regs") || !strcmp(name, "user_pt_regs")))
				ret = arch_of_members(&b, c, vlen, *pointer_size);
			cur_skip(&c, more == UINT64_MAX ? cur_left(&c) : more);
		}
	}
	return ret;
}

static bool ends_with(const char *text, size_t len, const char *end)
{
	size_t n = strlen(end);

	return len > n && !memcmp(text + len - n, end, n);
}

/* 5.4.0-26-generic of .../5.4.0-26-generic.btf.tar.xz:5.4.0-26-generic.btf; "vmlinux-" and the like before it go. */
static const char *types_release(const struct image *img, struct arena *a)
{
	static const char *const ends[] = { ".xz", ".gz", ".zst", ".tar", ".btf", ".BTF", ".bin", ".raw" };
	const char *slash = strrchr(img->path, '/'), *colon = strrchr(slash ? slash : img->path, ':');
	const char *file = colon ? colon + 1 : slash ? slash + 1 : img->path;
	size_t len;

	const char *whole = file;

	while (*file && (*file < '0' || *file > '9'))
		file++;
	/* vmlinux.btf: the folder that holds it may be called by the release. */
	if (!*file && slash && whole > img->path) {
		const char *end = whole - 1;

		for (file = end; file > img->path && file[-1] != '/'; file--)
			;
		return arena_strndup(a, file, (size_t)(end - file));
	}
	len = strlen(file);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (ends_with(file, len, ends[i]))
			len -= strlen(ends[i]), i = (size_t)-1;
	return arena_strndup(a, file, len);
}

/* Raw BTF says nothing of itself: its file's and folders' names do, as BTFHub lays them out. */
static int identify_types(struct image *img, struct arena *a, struct image_info *info, struct err *err)
{
	const char *named = folder_word(img->path, arch_words, ARRAY_SIZE(arch_words));
	const char *distro = folder_word(img->path, distro_words, ARRAY_SIZE(distro_words));
	unsigned int pointer_size;
	const char *told = arch_of_types(img, &pointer_size), *arch = *told ? told : named;
	struct err bad = ERR_INIT;

	if (!*arch)
		return err_set(err, ERR_MISSING, img->path, ERR_NO_OFFSET,
			       "neither the types nor a folder's name (x86_64, arm64, ...) tell the architecture");
	info->banner = "";
	if (image_parse_release(a, types_release(img, a), arch, info, &bad))
		return err_set(err, ERR_MISSING, img->path, ERR_NO_OFFSET,
			       "raw BTF says of no kernel that it is its own: name the file like the kernel's release "
			       "(5.4.0-26-generic.btf)");
	if (*distro)
		info->distro = distro;
	info->source = IMAGE_FROM_BTF;
	info->pointer_size = pointer_size;
	info->big_endian = img->big_endian;
	return 0;
}

static enum image_source source_of(const struct image *img)
{
	switch (img->kind) {
	case IMAGE_BOOT:
		return IMAGE_FROM_BOOT;
	case IMAGE_LIVE:
		return IMAGE_FROM_RUNNING;
	default:
		return IMAGE_FROM_KERNEL;
	}
}

int image_identify(struct image *img, struct arena *a, struct image_info *info, struct err *err)
{
	bool module = img->kind == IMAGE_MODULE;
	const char *banner = module ? "" : img->live ? img->live->banner : find_banner(img, a);
	const char *release = module ? module_release(img, a) : find_release(img, a, banner);
	struct err bad = ERR_INIT;

	if (img->kind == IMAGE_TYPES)
		return identify_types(img, a, info, err);
	info->banner = banner;
	if (image_parse_release(a, release, img->arch, info, &bad)) {
		if (*banner)
			return err_set(err, ERR_FORMAT, img->path, ERR_NO_OFFSET, "linux_banner: %s", bad.msg);
		return err_set(err, ERR_MISSING, img->path, ERR_NO_OFFSET,
			       module ? "a module without vermagic: its kernel is not known" :
			       "holds no linux_banner, and the file's name tells no release: is this a whole kernel?");
	}
	info->build_id = find_build_id(img, a);
	info->compiler = find_comment(img, a);
	if (!*info->compiler)
		info->compiler = banner_compiler(a, banner);
	info->source = source_of(img);
	info->pointer_size = img->pointer_size;
	info->big_endian = img->big_endian;
	return 0;
}
