// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Walks one package and copies what is wanted of it into the spool: Debian's ar by our own cursor, all
 * else (tar, cpio, rpm and what they are compressed with) through libarchive, xz of several blocks through unxz.c.
 * Names of members are compared and shown, and never used as paths. Formats: ar(5), deb(5).
 */
#include "image/parts_int.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

#define PAGE	     4096ull /* parts begin at its multiples */
#define LINKS_MAX    64
#define HEADER_MAX   (2u << 20) /* libarchive takes names of up to 1 MiB */
#define CONFIG_MAX   (64u << 20)

struct package {
	struct image_parts *p;
	const struct image_parts_options *o;
	const char *path;
	struct image_bytes bytes; /* of the archive: of a .deb its member data.tar.* */
	/* One of these decompresses, or none: then `bytes` are the archive itself. */
	struct unxz *xz;
	struct archive *packed;
	struct archive *a; /* reads what they give */
	bool all_given;
	const char *why; /* the reason why no more could be given */
	struct arena names;    /* of the member that is being read */
	struct strtab targets; /* what links with a kernel's name lead to */
	uint64_t limit, start; /* where this package's bytes begin in the spool */
	uint64_t given;	 /* bytes decompressed, wanted or not, and taken of what was not compressed; of all passes */
	uint64_t header; /* bytes given since the header that is being read was begun */
	bool in_header;
	bool any_kernel;
};

/* ---- names and links ---- */

/*
 * A name without empty components, "." and "..", as if the package were the whole file system; relative to the
 * folder of `from`, unless that is NULL or the name begins with a slash. Never leads out of the package.
 */
static const char *clean_name(struct arena *a, const char *from, const char *name)
{
	struct buf b = { 0 };
	const char *parts[2] = { "", name }, *ret;

	if (from && *name != '/')
		parts[0] = arena_strndup(a, from, (size_t)(image_name_base(from) - from));
	for (size_t i = 0; i < 2; i++) {
		for (const char *s = parts[i]; *s;) {
			size_t n = strcspn(s, "/");

			if (n == 2 && s[0] == '.' && s[1] == '.') {
				while (b.n && b.v[--b.n] != '/')
					;
			} else if (n && (n != 1 || *s != '.')) {
				if (b.n)
					buf_char(&b, '/');
				buf_put(&b, s, n);
			}
			s += n + (s[n] == '/');
		}
	}
	for (size_t i = 0; i < b.n; i++)
		if ((uint8_t)b.v[i] < 0x20 || b.v[i] == 0x7f)
			b.v[i] = '?';
	ret = arena_strndup(a, b.n ? b.v : "", b.n);
	buf_done(&b);
	return ret;
}

static const char *full_name(struct package *pk, struct arena *a, const char *member)
{
	struct buf b = { 0 };
	const char *ret;

	buf_printf(&b, "%s:%s", pk->path, member);
	ret = arena_strndup(a, b.v, b.n);
	buf_done(&b);
	return ret;
}

static bool is_target(const struct package *pk, const char *name)
{
	return strtab_find(&pk->targets, name, strlen(name));
}

/* ---- members ---- */

static bool over_limit(const struct package *pk)
{
	/* Each part takes whole pages of the file. */
	return pk->given > pk->limit || pk->p->end - pk->start > pk->limit;
}

static int damaged(struct package *pk, const char *where, struct err *err)
{
	const char *why = pk->why ? pk->why : pk->a ? archive_error_string(pk->a) : NULL;

	if (over_limit(pk))
		return err_set(err, ERR_DAMAGED, where, ERR_NO_OFFSET,
			       "unpacks to more than %llu bytes, the limit of one file (--unpack-max BYTES sets another)",
			       (unsigned long long)pk->limit);
	return err_set(err, ERR_FORMAT, where, ERR_NO_OFFSET, "damaged or cut off: %s", why ? why : "it cannot be read");
}

/* Nothing is decompressed: what is not wanted costs nothing. */
static bool is_free(const struct package *pk)
{
	return !pk->xz && !pk->packed;
}

/* Counts n more bytes of the spool that nobody has counted. */
static int take(struct package *pk, uint64_t n, const char *where, struct err *err)
{
	pk->given = n > UINT64_MAX - pk->given ? UINT64_MAX : pk->given + n;
	return over_limit(pk) ? damaged(pk, where, err) : 0;
}

/* Reads a member to its end; its bytes go to `at` of the spool, or nowhere (at = PART_MAPPED). */
static int read_member(struct package *pk, const char *where, uint64_t at, uint64_t *size, struct err *err)
{
	const void *data;
	la_int64_t offset;
	size_t n;
	int rc;

	*size = 0;
	while ((rc = archive_read_data_block(pk->a, &data, &n, &offset)) != ARCHIVE_EOF) {
		if (rc < ARCHIVE_WARN || offset < 0 || (uint64_t)offset < *size)
			return damaged(pk, where, err);
		if (at != PART_MAPPED && (rc = take(pk, (uint64_t)offset - *size + (is_free(pk) ? n : 0), where, err)))
			return rc;
		*size = (uint64_t)offset + n;
		if (at != PART_MAPPED && (rc = spool_put(&pk->p->spool, where, data, n, at + (uint64_t)offset, err)))
			return rc;
	}
	return 0;
}

/* What a kernel that lies in the spool is worth. */
static enum image_rank rank_at(const struct package *pk, const char *name, uint64_t at, uint64_t size, bool *split)
{
	const uint8_t *all = spool_bytes(&pk->p->spool);
	enum image_rank rank;

	*split = false;
	if (!all)
		return RANK_NONE;
	rank = image_rank_of(name, all + at, size);
	*split = rank == RANK_TYPES && image_is_split_btf(all + at, size);
	return rank;
}

static int keep(struct package *pk, const char *member, enum image_part_kind kind, uint64_t want, struct err *err)
{
	struct part_found f = { .part = { .kind = kind, .path = full_name(pk, &pk->p->arena, member) }, .rank = RANK_NONE };
	struct image_parts *p = pk->p;
	bool split = false;
	int rc;

	f.name = f.part.path + strlen(pk->path) + 1;
	f.at = p->end;
	if ((rc = read_member(pk, f.part.path, f.at, &f.part.size, err)))
		return rc;
	if (f.part.size > want)
		return err_set(err, ERR_FORMAT, f.part.path, ERR_NO_OFFSET, "holds more than its header says");
	/* A hole at the end is no block. */
	if ((rc = take(pk, want - f.part.size, f.part.path, err)))
		return rc;
	f.part.size = want;
	if ((rc = spool_cut(&p->spool, f.part.path, f.at + want, err)))
		return rc;
	if (kind == PART_KERNEL)
		f.rank = rank_at(pk, member, f.at, f.part.size, &split);
	/* A kernel's name and nothing more: what follows takes its place, and must find no bytes where it has holes. */
	if (kind == PART_KERNEL && f.rank == RANK_NONE)
		return spool_cut(&p->spool, f.part.path, f.at, err);
	if (split && !image_name_asked(member, pk->o->modules)) {
		p->unasked++;
		return spool_cut(&p->spool, f.part.path, f.at, err);
	}
	if (split) {
		f.part.kind = PART_MODULE;
	} else if (kind == PART_KERNEL) {
		pk->any_kernel = true;
		p->has_dwarf |= f.rank == RANK_DWARF;
	}
	p->has_config |= kind == PART_CONFIG;
	p->end = (f.at + f.part.size + PAGE - 1) / PAGE * PAGE;
	VEC_PUSH(&p->found, f);
	return 0;
}

/* A link with a kernel's name: what it leads to is a kernel, too, whatever its name. */
static void note_link(struct package *pk, struct archive_entry *e, const char *member)
{
	const char *hard = archive_entry_hardlink(e), *soft = archive_entry_symlink(e), *to;

	if (!hard && !soft)
		return;
	to = clean_name(&pk->names, hard ? NULL : member, hard ? hard : soft);
	if (image_name_kind(to) == NAME_OTHER && pk->targets.entries.n <= LINKS_MAX)
		strtab_intern_z(&pk->targets, to);
}

static int one_member(struct package *pk, struct archive_entry *e, struct err *err)
{
	const char *name = archive_entry_pathname(e), *member, *hard;
	uint64_t size = archive_entry_size(e) > 0 ? (uint64_t)archive_entry_size(e) : 0, unused;
	enum image_name kind;

	if (!name)
		name = archive_entry_pathname_utf8(e);
	member = clean_name(&pk->names, NULL, name ? name : "");
	kind = image_name_kind(member);
	hard = archive_entry_hardlink(e);
	/* cpio keeps the bytes of a file with several names under its last one. */
	if (hard && size && kind == NAME_OTHER)
		kind = image_name_kind(hard);
	if (kind == NAME_OTHER && is_target(pk, member))
		kind = NAME_KERNEL;
	if (kind == NAME_KERNEL && !size)
		note_link(pk, e, member);
	if ((!hard && archive_entry_filetype(e) != AE_IFREG) || !size)
		return read_member(pk, full_name(pk, &pk->names, member), PART_MAPPED, &unused, err);
	if (kind == NAME_KERNEL)
		return keep(pk, member, PART_KERNEL, size, err);
	if (kind == NAME_CONFIG && size <= CONFIG_MAX)
		return keep(pk, member, PART_CONFIG, size, err);
	if (kind == NAME_MODULE) {
		if (image_name_asked(member, pk->o->modules))
			return keep(pk, member, PART_MODULE, size, err);
		pk->p->unasked++;
	}
	return read_member(pk, full_name(pk, &pk->names, member), PART_MAPPED, &unused, err);
}

/* ---- the archive ---- */

/* The next bytes of the archive: 1, 0 at the end, -1 with pk->why. */
static int give(struct package *pk, const void **ret, size_t *n)
{
	const uint8_t *block;
	la_int64_t offset;
	int rc;

	if (is_free(pk)) {
		*ret = pk->bytes.data;
		*n = pk->bytes.size;
		rc = !pk->all_given;
		pk->all_given = true;
		return rc;
	}
	if (pk->xz) {
		rc = unxz_next(pk->xz, &block, n, &pk->why);
		*ret = block;
		return rc;
	}
	rc = archive_read_data_block(pk->packed, ret, n, &offset);
	if (rc == ARCHIVE_EOF)
		return 0;
	if (rc < ARCHIVE_WARN)
		pk->why = archive_error_string(pk->packed);
	return rc < ARCHIVE_WARN ? -1 : 1;
}

static la_ssize_t next_block(struct archive *a, void *ctx, const void **ret)
{
	struct package *pk = ctx;
	int rc;
	size_t n;

	/* libarchive keeps as much in memory as a header says that it is long. */
	if (pk->in_header && pk->header >= HEADER_MAX) {
		pk->why = "a header of absurd length";
		rc = -1;
	} else {
		rc = give(pk, ret, &n);
	}
	if (rc > 0) {
		pk->header += n;
		pk->given += is_free(pk) ? 0 : n;
		if (!over_limit(pk))
			return (la_ssize_t)n;
		rc = -1;
	}
	if (rc < 0)
		archive_set_error(a, EINVAL, "%s", pk->why ? pk->why : "limit");
	return rc;
}

/* Only filters that libarchive has in itself: some others start programs. */
static int open_packed(struct package *pk, struct err *err)
{
	struct archive_entry *e;
	unsigned int depth = 0;
	int rc;

	pk->packed = archive_read_new();
	if (!pk->packed)
		base_oom(1);
	archive_read_support_filter_gzip(pk->packed);
	archive_read_support_filter_bzip2(pk->packed);
	archive_read_support_filter_lzma(pk->packed);
	archive_read_support_filter_xz(pk->packed);
	archive_read_support_filter_zstd(pk->packed);
	archive_read_support_filter_lz4(pk->packed);
	archive_read_support_filter_rpm(pk->packed);
	archive_read_support_format_raw(pk->packed);
	archive_read_support_format_empty(pk->packed);
	rc = archive_read_open_memory(pk->packed, pk->bytes.data, pk->bytes.size);
	rc = rc ? rc : archive_read_next_header(pk->packed, &e);
	if (rc != ARCHIVE_EOF && rc < ARCHIVE_WARN) {
		pk->why = archive_error_string(pk->packed);
		return damaged(pk, pk->path, err);
	}
	for (int i = 0; i < archive_filter_count(pk->packed) - 1; i++)
		depth += archive_filter_code(pk->packed, i) != ARCHIVE_FILTER_RPM;
	if (depth > 1)
		return err_set(err, ERR_FORMAT, pk->path, ERR_NO_OFFSET, "compressed more than once");
	if (archive_filter_count(pk->packed) == 1) {
		archive_read_free(pk->packed);
		pk->packed = NULL;
	}
	return 0;
}

/* raw is what is left when the bytes are compressed, and no archive. */
static int open_archive(struct package *pk, struct err *err)
{
	int rc = 0;

	pk->why = NULL;
	pk->all_given = false;
	pk->xz = unxz_open(pk->bytes.data, pk->bytes.size, pk->o->nlanes ? pk->o->nlanes : lanes_default());
	if (!pk->xz)
		rc = open_packed(pk, err);
	if (rc)
		return rc;
	pk->a = archive_read_new();
	if (!pk->a)
		base_oom(1);
	archive_read_support_format_tar(pk->a);
	archive_read_support_format_cpio(pk->a);
	archive_read_support_format_raw(pk->a);
	if (archive_read_open(pk->a, pk, NULL, next_block, NULL))
		return damaged(pk, pk->path, err);
	return 0;
}

static void close_archive(struct package *pk)
{
	archive_read_free(pk->a);
	archive_read_free(pk->packed);
	unxz_close(pk->xz);
	pk->a = pk->packed = NULL;
	pk->xz = NULL;
}

/* Each module that was asked for by name is there. */
static bool all_modules_seen(struct package *pk)
{
	const char *list = pk->o->modules;

	if (!list)
		return true;
	if (!strcmp(list, "all"))
		return false;
	for (; *list; list += strcspn(list, ","), list += *list == ',') {
		size_t n = strcspn(list, ","), i = 0;
		char *name = arena_strndup(&pk->names, list, n);

		while (i < pk->p->found.n && (pk->p->found.v[i].part.kind != PART_MODULE ||
					      !image_name_asked(pk->p->found.v[i].name, name)))
			i++;
		if (n && i == pk->p->found.n)
			return false;
	}
	return true;
}

/*
 * Nothing behind this point can be of use: there is a kernel with its debug information, and the modules. Packages
 * with debug information have no config, so that one is waited for only where another file gave the kernel.
 */
static bool enough(struct package *pk)
{
	return pk->p->has_dwarf && !is_free(pk) && (pk->any_kernel || pk->p->has_config) && all_modules_seen(pk);
}

static int walk(struct package *pk, bool *plain, struct err *err)
{
	struct archive_entry *e;
	int rc;

	for (bool first = true;; first = false) {
		pk->in_header = true;
		pk->header = 0;
		rc = archive_read_next_header(pk->a, &e);
		pk->in_header = false;
		if (rc == ARCHIVE_EOF)
			return 0;
		if (rc < ARCHIVE_WARN)
			return damaged(pk, pk->path, err);
		if (first && archive_format(pk->a) == ARCHIVE_FORMAT_RAW) {
			*plain = true;
			return 0;
		}
		arena_done(&pk->names);
		rc = one_member(pk, e, err);
		if (rc || enough(pk))
			return rc;
	}
}

/* ---- Debian's packages ---- */

#define AR_MAGIC  "!<arch>\n"
#define AR_HEADER 60

static bool ar_number(const uint8_t *s, size_t n, uint64_t *ret)
{
	size_t i = 0;

	for (*ret = 0; i < n && s[i] >= '0' && s[i] <= '9'; i++)
		*ret = *ret * 10 + (uint64_t)(s[i] - '0');
	return i > 0;
}

/* The bytes of data.tar.* in a .deb. */
static int find_data(struct package *pk, struct err *err)
{
	struct cur c = cur_init(pk->bytes.data, pk->bytes.size, false);

	cur_skip(&c, strlen(AR_MAGIC));
	while (cur_left(&c) > 1) {
		const uint8_t *head = c.p;
		uint64_t at = cur_offset(&c), size;

		cur_skip(&c, AR_HEADER);
		if (c.bad || head[58] != '`' || head[59] != '\n' || !ar_number(head + 48, 10, &size))
			return err_set(err, ERR_FORMAT, pk->path, at, "damaged or cut off: no header of a member of ar is here");
		if (size > cur_left(&c))
			return err_set(err, ERR_FORMAT, pk->path, at, "cut off: the member %.*s has %llu of its %llu bytes",
				       (int)strcspn((const char *)head, " /"), (const char *)head,
				       (unsigned long long)cur_left(&c), (unsigned long long)size);
		if (!memcmp(head, "data.tar", 8)) {
			pk->bytes = (struct image_bytes){ c.p, size };
			return 0;
		}
		cur_skip(&c, size);
		if (size & 1 && cur_left(&c))
			cur_skip(&c, 1);
	}
	return err_set(err, ERR_FORMAT, pk->path, ERR_NO_OFFSET, "an ar archive without data.tar: no Debian package, or cut off");
}

/* One pass over the package; what it found is taken back when it fails. */
static int one_pass(struct package *pk, bool *plain, struct err *err)
{
	size_t before = pk->p->found.n;
	int rc = open_archive(pk, err);

	rc = rc ? rc : walk(pk, plain, err);
	close_archive(pk);
	if (rc)
		pk->p->found.n = before;
	return rc;
}

int image_unpack(struct image_parts *p, const struct image_parts_options *o, const char *path,
		 struct image_bytes bytes, bool *plain, struct err *err)
{
	struct package pk = { .p = p, .o = o, .path = path, .bytes = bytes, .limit = o->limit ? o->limit : IMAGE_UNPACK_MAX,
			      .start = p->end };
	size_t known = 1, found = p->found.n;
	uint64_t unasked = p->unasked;
	bool has_config = p->has_config;
	int rc = 0;

	/* What the files before this one gave may be all that is wanted. */
	if (p->has_dwarf && p->has_config && all_modules_seen(&pk)) {
		arena_done(&pk.names);
		return 0;
	}
	strtab_init(&pk.targets);
	if (bytes.size >= strlen(AR_MAGIC) && !memcmp(bytes.data, AR_MAGIC, strlen(AR_MAGIC)))
		rc = find_data(&pk, err);
	rc = rc ? rc : one_pass(&pk, plain, err);
	/* A link may lead to what came before it; a link to a link, further. Each pass must have learnt of a target. */
	while (!rc && !pk.any_kernel && pk.targets.entries.n > known) {
		known = pk.targets.entries.n;
		p->found.n = found;
		p->unasked = unasked;
		p->end = pk.start;
		p->has_config = has_config;
		rc = spool_cut(&p->spool, path, p->end, err);
		rc = rc ? rc : one_pass(&pk, plain, err);
	}
	strtab_done(&pk.targets);
	arena_done(&pk.names);
	return rc;
}
