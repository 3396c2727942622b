// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a user has, sorted into inputs and opened: packages of each kind written here, with sound and with bad
 * members, cut off at many places; folders. `test_parts seeds DIR` writes small packages for the fuzzer, the first
 * byte of each the fuzzer's options.
 */
#include "image/image.h"
#include "test_util.h"

#include <archive.h>
#include <archive_entry.h>
#include <elf.h>
#include <fcntl.h>
#include <lzma.h>
#include <setjmp.h>
#include <sys/stat.h>

#include <cmocka.h>

#define REL   "6.1.0-9-test"
#define REL2  "6.12.3-test"
#define DEBUG "usr/lib/debug/"
#define KO    "lib/modules/" REL "/kernel/net/"

/* ---- bytes of kernels and modules ------------------------------------------------------------------------- */

/* An ELF file of this type with empty sections of these names, and so much noise behind them. */
static struct buf elf_of(uint16_t type, const char *const *sections, size_t noise)
{
	struct buf b = { 0 }, names = { 0 };
	Elf64_Ehdr eh = { .e_type = type, .e_machine = EM_X86_64, .e_version = 1, .e_ehsize = sizeof(eh),
			  .e_shentsize = sizeof(Elf64_Shdr), .e_shoff = sizeof(eh) };
	Elf64_Shdr sh[8] = { { 0 } };
	uint32_t n = 1, seed = type;

	memcpy(eh.e_ident, "\177ELF\2\1\1", 7);
	buf_char(&names, 0);
	for (; *sections; sections++, n++) {
		sh[n] = (Elf64_Shdr){ .sh_name = (uint32_t)names.n, .sh_type = strcmp(*sections, ".symtab") ? SHT_PROGBITS : SHT_SYMTAB };
		buf_put(&names, *sections, strlen(*sections) + 1);
	}
	sh[n] = (Elf64_Shdr){ .sh_type = SHT_STRTAB, .sh_offset = sizeof(eh) + (n + 1) * sizeof(*sh), .sh_size = names.n };
	eh.e_shnum = (uint16_t)(n + 1);
	eh.e_shstrndx = (uint16_t)n;
	buf_put(&b, &eh, sizeof(eh));
	buf_put(&b, sh, (n + 1) * sizeof(*sh));
	buf_put(&b, names.v, names.n);
	for (size_t i = 0; i < noise; i++) {
		seed = seed * 1103515245 + 12345;
		buf_char(&b, (char)(seed >> 16));
	}
	buf_done(&names);
	return b;
}

static struct buf debug_kernel, plain_kernel, boot_kernel, module, config;

static void make_bytes(size_t noise)
{
	debug_kernel = elf_of(ET_EXEC, (const char *const[]){ ".text", ".symtab", ".debug_info", NULL }, noise);
	plain_kernel = elf_of(ET_EXEC, (const char *const[]){ ".text", ".symtab", NULL }, noise / 3);
	module = elf_of(ET_REL, (const char *const[]){ ".text", NULL }, noise / 100);
	for (int i = 0; i < 0x202; i++)
		buf_char(&boot_kernel, (char)i);
	buf_puts(&boot_kernel, "HdrS, and so on");
	buf_puts(&config, "CONFIG_64BIT=y\n");
}

/* ---- packages ------------------------------------------------------------------------------------------------ */

/* type: AE_IF...; 'h' a hard link. */
struct member {
	const char *name;
	unsigned int type;
	const struct buf *bytes;
	const char *to;
};

#define FILE_OF(n, b) { n, AE_IFREG, b, NULL }
#define LINK_OF(n, t) { n, AE_IFLNK, NULL, t }
#define HARD_OF(n, t) { n, 'h', NULL, t }

static const struct member debian_debug[] = {
	{ "./usr/", AE_IFDIR, NULL, NULL },
	FILE_OF("./" DEBUG "boot/System.map-" REL, &config),
	FILE_OF("./" DEBUG "boot/vmlinux-" REL, &debug_kernel),
	FILE_OF("./" DEBUG KO "nf_one.ko", &module),
	FILE_OF("./" DEBUG KO "snd-two.ko", &module),
	LINK_OF("./" DEBUG "lib/modules/" REL "/vmlinux", "../../../boot/vmlinux-" REL),
	LINK_OF("./" DEBUG "vmlinux-" REL, "boot/vmlinux-" REL),
};

static la_ssize_t put_archive(struct archive *a, void *ctx, const void *p, size_t n)
{
	(void)a;
	buf_put(ctx, p, n);
	return (la_ssize_t)n;
}

/* The archive's bytes; filter NULL: not compressed. */
static struct buf archive_of(const char *format, const char *filter, const struct member *m, size_t n)
{
	struct archive *a = archive_write_new();
	struct buf b = { 0 };

	assert_int_equal(archive_write_set_format_by_name(a, format), ARCHIVE_OK);
	if (filter)
		assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
	archive_write_set_bytes_in_last_block(a, 1);
	assert_int_equal(archive_write_open(a, &b, NULL, put_archive, NULL), ARCHIVE_OK);
	for (size_t i = 0; i < n; i++) {
		struct archive_entry *e = archive_entry_new();

		archive_entry_set_pathname(e, m[i].name);
		archive_entry_set_filetype(e, m[i].type == 'h' ? AE_IFREG : m[i].type);
		archive_entry_set_perm(e, 0644);
		if (m[i].type == 'h')
			archive_entry_set_hardlink(e, m[i].to);
		else if (m[i].to)
			archive_entry_set_symlink(e, m[i].to);
		archive_entry_set_size(e, m[i].bytes ? (la_int64_t)m[i].bytes->n : 0);
		assert_true(archive_write_header(a, e) >= ARCHIVE_WARN);
		if (m[i].bytes && m[i].bytes->n)
			assert_int_equal(archive_write_data(a, m[i].bytes->v, m[i].bytes->n), m[i].bytes->n);
		archive_entry_free(e);
	}
	assert_int_equal(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return b;
}

/* xz in blocks of 64 KiB or less, as dpkg-deb makes larger ones. */
static struct buf xz_blocks(struct buf in)
{
	lzma_mt mt = { .threads = 1, .block_size = in.n < 65536 ? 1024 : 65536, .preset = 1, .check = LZMA_CHECK_CRC64 };
	lzma_stream s = LZMA_STREAM_INIT;
	struct buf b = { 0 };

	buf_grow(&b, in.n + in.n / 2 + 4096);
	assert_int_equal(lzma_stream_encoder_mt(&s, &mt), LZMA_OK);
	s.next_in = (const uint8_t *)in.v;
	s.avail_in = in.n;
	s.next_out = (uint8_t *)b.v;
	s.avail_out = b.cap;
	assert_int_equal(lzma_code(&s, LZMA_FINISH), LZMA_STREAM_END);
	b.n = b.cap - s.avail_out;
	lzma_end(&s);
	buf_done(&in);
	return b;
}

static void put_ar(struct buf *b, const char *name, const void *p, size_t n)
{
	buf_printf(b, "%-16s%-12d%-6d%-6d%-8s%-10zu`\n", name, 0, 0, 0, "100644", n);
	buf_put(b, p, n);
	if (n & 1)
		buf_char(b, '\n');
}

static struct buf deb_of(const char *data_name, struct buf data)
{
	struct buf b = { 0 };

	buf_puts(&b, "!<arch>\n");
	put_ar(&b, "debian-binary", "2.0\n", 4);
	put_ar(&b, "control.tar.xz", "not read", 8);
	put_ar(&b, data_name, data.v, data.n);
	buf_done(&data);
	return b;
}

/* A lead, two headers with nothing in them, and the payload. */
static struct buf rpm_of(struct buf payload)
{
	static const char head[16] = "\x8e\xad\xe8\x01";
	struct buf b = { 0 };

	buf_put(&b, "\xed\xab\xee\xdb\x03", 5);
	while (b.n < 96)
		buf_char(&b, 0);
	buf_put(&b, head, 16);
	buf_put(&b, head, 16);
	buf_put(&b, payload.v, payload.n);
	buf_done(&payload);
	return b;
}

static const char *in_folder(const char *name)
{
	static char path[4][600];
	static unsigned int next;
	char *p = path[next++ % 4];

	snprintf(p, 600, "%s/%s", folder, name);
	return p;
}

static void save(const char *name, const void *p, size_t n)
{
	FILE *f = fopen(in_folder(name), "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void write_seeds(const char *dir)
{
	static const struct member links[] = {
		FILE_OF("opt/real", &plain_kernel),
		LINK_OF("boot/vmlinux-" REL, "../opt/second"),
		LINK_OF("opt/second", "real"),
	};
	size_t n = ARRAY_SIZE(debian_debug);
	struct buf b[] = {
		deb_of("data.tar.xz", xz_blocks(archive_of("gnutar", NULL, debian_debug, n))),
		deb_of("data.tar.zst", archive_of("gnutar", "zstd", debian_debug, n)),
		archive_of("pax", NULL, debian_debug, n),
		archive_of("ustar", "gzip", links, ARRAY_SIZE(links)),
		archive_of("newc", NULL, debian_debug, n),
		rpm_of(archive_of("newc", "gzip", debian_debug, n)),
		xz_blocks(archive_of("ustar", NULL, links, ARRAY_SIZE(links))),
		archive_of("ustar", "bzip2", debian_debug, n),
	};

	snprintf(folder, sizeof(folder), "%s", dir);
	for (size_t i = 0; i < ARRAY_SIZE(b); i++) {
		struct buf seed = { 0 };
		char name[16];

		buf_char(&seed, (char)('0' + i % 8));
		buf_put(&seed, b[i].v, b[i].n);
		snprintf(name, sizeof(name), "%zu", i);
		save(name, seed.v, seed.n);
		buf_done(&seed);
		buf_done(&b[i]);
	}
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

static struct err err;
static struct image_parts_options options = { .nlanes = 3 };

static int open_files(const char *const *names, size_t n, struct image_parts **p)
{
	const char *files[4];
	struct image_input in = { .files = files, .nfiles = n };
	char said[900];
	int rc;

	for (size_t i = 0; i < n; i++)
		files[i] = in_folder(names[i]);
	in.path = files[0];
	err_clear(&err);
	rc = image_parts_open(&in, &options, p, &err);
	assert_int_equal(rc, err.code);
	if (rc) {
		assert_true(err.msg[0] && err.where[0]);
		err_text(&err, said, sizeof(said));
	}
	return rc;
}

static int open_one(const char *name, struct image_parts **p)
{
	return open_files(&name, 1, p);
}

static int open_bytes(const char *name, struct buf b, struct image_parts **p)
{
	save(name, b.v, b.n);
	buf_done(&b);
	return open_one(name, p);
}

/* The n-th part: its kind, the end of its path, its bytes and release. */
static void is_part(const struct image_parts *p, size_t n, enum image_part_kind kind, const char *path, const struct buf *bytes,
		    const char *release)
{
	const struct image_part *part;
	size_t len = strlen(path);

	assert_true(n < image_nparts(p));
	part = image_part(p, n);
	assert_int_equal(part->kind, kind);
	assert_true(strlen(part->path) > len);
	assert_string_equal(part->path + strlen(part->path) - len, path);
	assert_int_equal(part->size, bytes->n);
	assert_memory_equal(part->data, bytes->v, bytes->n);
	assert_string_equal(part->release, release);
}

static void refuses(int rc, int code, const char *where, const char *msg)
{
	if (rc != code || !strstr(err.where, where) || !strstr(err.msg, msg))
		fail_msg("said \"%s: %s\", not \"%s: %s\"", err.where, err.msg, where, msg);
}

/* ---- tests ------------------------------------------------------------------------------------------------------- */

static void test_containers(void **state)
{
	static const struct { const char *name, *format, *filter; } kinds[] = {
		{ "a.tar", "ustar", NULL },	       { "a.tar.gz", "gnutar", "gzip" },    { "a.tar.xz", "pax", "xz" },
		{ "a.pkg.tar.zst", "pax", "zstd" },    { "a.tar.bz2", "ustar", "bzip2" },   { "a.cpio", "newc", NULL },
		{ "no-name-that-tells", "ustar", NULL }, { "neither", "newc", "gzip" },     { "a.tar.lzma", "ustar", "lzma" },
		{ "a.tar.lz4", "ustar", "lz4" },
	};
	struct image_parts *p;
	size_t n = ARRAY_SIZE(debian_debug);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds) + 5; i++) {
		const char *name = i < ARRAY_SIZE(kinds) ? kinds[i].name : "a.deb";
		struct buf b;

		if (i < ARRAY_SIZE(kinds))
			b = archive_of(kinds[i].format, kinds[i].filter, debian_debug, n);
		else if (i == ARRAY_SIZE(kinds))
			b = deb_of("data.tar.xz", xz_blocks(archive_of("gnutar", NULL, debian_debug, n)));
		else if (i == ARRAY_SIZE(kinds) + 1)
			b = deb_of("data.tar.zst/", archive_of("gnutar", "zstd", debian_debug, n));
		else if (i == ARRAY_SIZE(kinds) + 2)
			b = deb_of("data.tar.gz", archive_of("gnutar", "gzip", debian_debug, n));
		else if (i == ARRAY_SIZE(kinds) + 3)
			b = deb_of("data.tar", archive_of("gnutar", NULL, debian_debug, n));
		else
			b = rpm_of(archive_of("newc", "xz", debian_debug, n));
		options.modules = NULL;
		assert_int_equal(open_bytes(name, b, &p), 0);
		assert_int_equal(image_nparts(p), 1);
		is_part(p, 0, PART_KERNEL, ":" DEBUG "boot/vmlinux-" REL, &debug_kernel, REL);
		image_parts_close(p);
		options.modules = "all";
		assert_int_equal(open_one(name, &p), 0);
		assert_int_equal(image_nparts(p), 3);
		is_part(p, 0, PART_KERNEL, ":" DEBUG "boot/vmlinux-" REL, &debug_kernel, REL);
		is_part(p, 1, PART_MODULE, ":" DEBUG KO "nf_one.ko", &module, REL);
		is_part(p, 2, PART_MODULE, ":" DEBUG KO "snd-two.ko", &module, REL);
		assert_int_equal(image_parts_unasked(p), 0);
		image_parts_close(p);
	}
}

/* Kernels behind modules, better ones behind worse ones, configs, names of modules. */
static void test_layouts(void **state)
{
	static const struct member fedora[] = {
		FILE_OF(DEBUG "usr/" KO "nf_one.ko.debug", &module),
		FILE_OF(DEBUG "usr/" KO "two.ko.debug", &module),
		FILE_OF(DEBUG "lib/modules/" REL "/vmlinux", &debug_kernel),
		FILE_OF(DEBUG KO "behind.ko.debug", &module),
	};
	static const struct member image[] = {
		FILE_OF("boot/config-" REL, &config),
		FILE_OF("boot/vmlinuz-" REL, &boot_kernel),
		FILE_OF(KO "nf_one.ko.xz", &module),
		FILE_OF(KO "snd-two.ko.zst", &module),
		FILE_OF("lib/modules/" REL "/config", &config),
		FILE_OF("lib/modules/" REL "/build/vmlinux", &plain_kernel),
		FILE_OF("usr/src/linux/vmlinux.lds", &config),
		FILE_OF("usr/src/linux/vmlinux.h", &config),
		FILE_OF("usr/share/doc/vmlinux-" REL, &config),
	};
	static const struct member two[] = {
		FILE_OF("boot/vmlinuz-" REL, &boot_kernel),
		FILE_OF("boot/vmlinux-" REL2, &plain_kernel),
		FILE_OF("boot/vmlinux-" REL2 ".debug", &debug_kernel),
		FILE_OF("boot/config-" REL, &config),
		FILE_OF("boot/config-" REL2, &config),
	};
	struct image_parts *p;

	(void)state;
	options.modules = "two";
	assert_int_equal(open_bytes("f.rpm", rpm_of(archive_of("newc", "zstd", fedora, ARRAY_SIZE(fedora))), &p), 0);
	assert_int_equal(image_nparts(p), 2);
	is_part(p, 0, PART_KERNEL, ":" DEBUG "lib/modules/" REL "/vmlinux", &debug_kernel, REL);
	is_part(p, 1, PART_MODULE, "two.ko.debug", &module, REL);
	assert_int_equal(image_parts_unasked(p), 1);
	image_parts_close(p);

	options.modules = "snd_two,nf-one";
	assert_int_equal(open_bytes("i.deb", deb_of("data.tar.xz", archive_of("gnutar", "xz", image, ARRAY_SIZE(image))), &p), 0);
	assert_int_equal(image_nparts(p), 4);
	is_part(p, 0, PART_KERNEL, "build/vmlinux", &plain_kernel, REL);
	is_part(p, 1, PART_MODULE, "nf_one.ko.xz", &module, REL);
	is_part(p, 2, PART_MODULE, "snd-two.ko.zst", &module, REL);
	is_part(p, 3, PART_CONFIG, "boot/config-" REL, &config, REL);
	image_parts_close(p);

	options.modules = NULL;
	assert_int_equal(open_one("i.deb", &p), 0);
	assert_int_equal(image_nparts(p), 2);
	assert_int_equal(image_parts_unasked(p), 2);
	image_parts_close(p);

	assert_int_equal(open_bytes("two.tar", archive_of("ustar", NULL, two, ARRAY_SIZE(two)), &p), 0);
	assert_int_equal(image_nparts(p), 4);
	is_part(p, 0, PART_KERNEL, ".debug", &debug_kernel, REL2);
	is_part(p, 1, PART_KERNEL, "vmlinuz-" REL, &boot_kernel, REL);
	is_part(p, 2, PART_CONFIG, "config-" REL, &config, REL);
	is_part(p, 3, PART_CONFIG, "config-" REL2, &config, REL2);
	image_parts_close(p);

	/* Two packages of one build: what is known already is not looked for again, but the config is. */
	options.modules = NULL;
	assert_int_equal(open_bytes("dbg.deb", deb_of("data.tar", archive_of("gnutar", NULL, debian_debug, ARRAY_SIZE(debian_debug))), &p), 0);
	image_parts_close(p);
	assert_int_equal(open_files((const char *const[]){ "dbg.deb", "i.deb" }, 2, &p), 0);
	assert_int_equal(image_nparts(p), 2);
	is_part(p, 0, PART_KERNEL, ":" DEBUG "boot/vmlinux-" REL, &debug_kernel, REL);
	is_part(p, 1, PART_CONFIG, "boot/config-" REL, &config, REL);
	image_parts_close(p);
}

static void test_plain(void **state)
{
	struct image_parts *p;
	static const char btf[] = "\x9f\xeb\1\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0\0", split[] = "\x9f\xeb\1\0\x18\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\2\0\0\0x";
	struct buf as_buf = { (char *)(uintptr_t)btf, sizeof(btf), 0 };
	struct member m[] = { FILE_OF("5.4.0-9-test.btf", &as_buf) };

	(void)state;
	save("kernel", debug_kernel.v, debug_kernel.n);
	save("x.ko", module.v, module.n);
	save("config-" REL, config.v, config.n);
	save("empty", "", 0);
	save("noise", config.v, config.n);
	save("y.btf", split, sizeof(split));
	options.modules = "all";
	assert_int_equal(open_files((const char *const[]){ "kernel", "x.ko", "config-" REL, "y.btf" }, 4, &p), 0);
	assert_int_equal(image_nparts(p), 4);
	is_part(p, 0, PART_KERNEL, "/kernel", &debug_kernel, "");
	is_part(p, 1, PART_MODULE, "/x.ko", &module, "");
	assert_int_equal(image_part(p, 2)->kind, PART_MODULE);
	is_part(p, 3, PART_CONFIG, "/config-" REL, &config, REL);
	image_parts_close(p);
	/* What it is is for others to say. */
	assert_int_equal(open_one("noise", &p), 0);
	is_part(p, 0, PART_KERNEL, "/noise", &config, "");
	image_parts_close(p);
	refuses(open_one("x.ko", &p), ERR_MISSING, "x.ko", "its vmlinux, or its package");
	options.modules = NULL;
	refuses(open_one("x.ko", &p), ERR_MISSING, "x.ko", "without their kernel: give");
	refuses(open_one("config-" REL, &p), ERR_MISSING, "config-" REL, "without its kernel");
	refuses(open_one("absent", &p), ERR_IO, "absent", "No such file");
	refuses(open_one("", &p), ERR_IO, "/", "folder");
	refuses(open_one("empty", &p), ERR_FORMAT, "empty", "empty");

	assert_int_equal(open_bytes("5.4.0-9-test.btf.tar.xz", archive_of("gnutar", "xz", m, 1), &p), 0);
	assert_int_equal(image_nparts(p), 1);
	is_part(p, 0, PART_KERNEL, ":5.4.0-9-test.btf", &as_buf, "5.4.0-9-test");
	image_parts_close(p);
	/* A kernel that is compressed by itself stays as it is. */
	assert_int_equal(open_bytes("Image.gz", archive_of("raw", "gzip", m, 1), &p), 0);
	assert_int_equal(image_nparts(p), 1);
	assert_memory_equal(image_part(p, 0)->data, "\x1f\x8b", 2);
	image_parts_close(p);
}

/* Links are followed inside the package, in any order, and nowhere else. */
static void test_links(void **state)
{
	static const struct member behind[] = {
		LINK_OF("boot/vmlinux-" REL, "/opt/./k/../real"),
		FILE_OF("opt/other", &debug_kernel),
		FILE_OF("opt/real", &plain_kernel),
	};
	static const struct member before[] = {
		FILE_OF("opt/real", &plain_kernel),
		LINK_OF("opt/second", "real"),
		LINK_OF("opt/third", "second"),
		LINK_OF("boot/vmlinux-" REL, "../opt/third"),
	};
	static const struct member hard[] = {
		FILE_OF("opt/real", &plain_kernel),
		HARD_OF("boot/vmlinuz-" REL, "opt/real"),
	};
	static const struct member loop[] = {
		LINK_OF("boot/vmlinuz", "vmlinux"), LINK_OF("boot/vmlinux", "vmlinuz"), LINK_OF("vmlinux-1", "a"),
		LINK_OF("a", "b"), LINK_OF("b", "a"),
	};
	static const struct member out[] = {
		LINK_OF("boot/vmlinuz", "/etc/passwd"), LINK_OF("boot/vmlinux", "../../../../../../etc/passwd"),
		HARD_OF("boot/bzImage", "/proc/self/exe"),
	};
	struct image_parts *p;

	(void)state;
	options.modules = NULL;
	assert_int_equal(open_bytes("l.tar.gz", archive_of("ustar", "gzip", behind, ARRAY_SIZE(behind)), &p), 0);
	assert_int_equal(image_nparts(p), 1);
	is_part(p, 0, PART_KERNEL, ":opt/real", &plain_kernel, "");
	image_parts_close(p);
	assert_int_equal(open_bytes("l.tar.xz", xz_blocks(archive_of("ustar", NULL, before, ARRAY_SIZE(before))), &p), 0);
	assert_int_equal(image_nparts(p), 1);
	is_part(p, 0, PART_KERNEL, ":opt/real", &plain_kernel, "");
	image_parts_close(p);
	assert_int_equal(open_bytes("l.tar", archive_of("ustar", NULL, hard, ARRAY_SIZE(hard)), &p), 0);
	is_part(p, 0, PART_KERNEL, ":opt/real", &plain_kernel, "");
	image_parts_close(p);
	refuses(open_bytes("l.tar", archive_of("ustar", NULL, loop, ARRAY_SIZE(loop)), &p), ERR_FORMAT, "l.tar", "no kernel");
	refuses(open_bytes("l.tar", archive_of("ustar", NULL, out, ARRAY_SIZE(out)), &p), ERR_FORMAT, "l.tar", "no kernel");
}

/* Names are shown and never used; what is no file has no bytes. */
static void test_names(void **state)
{
	static const struct member m[] = {
		{ "boot/vmlinux", AE_IFCHR, NULL, NULL },
		{ "boot/vmlinuz-" REL, AE_IFIFO, NULL, NULL },
		{ "boot/vmlinux-" REL, AE_IFDIR, NULL, NULL },
		FILE_OF("../../../tmp/../escape/vmlinux-" REL, &plain_kernel),
		FILE_OF("/escape/vmlinuz-\033[1m" REL2, &boot_kernel),
		FILE_OF("/escape/vmlinuz-" REL2, &boot_kernel),
	};
	struct image_parts *p;

	(void)state;
	options.modules = NULL;
	assert_int_equal(open_bytes("n.tar", archive_of("ustar", NULL, m, ARRAY_SIZE(m)), &p), 0);
	assert_int_equal(image_nparts(p), 2);
	is_part(p, 0, PART_KERNEL, "n.tar:escape/vmlinux-" REL, &plain_kernel, REL);
	assert_null(strchr(image_part(p, 1)->path, '\033'));
	assert_int_not_equal(access("/escape", F_OK), 0);
	image_parts_close(p);
}

/* What lies behind the last thing that is wanted is not read; and a damaged block is never used. */
static void test_blocks(void **state)
{
	struct buf noise = elf_of(ET_CORE, (const char *const[]){ NULL }, 200000), b;
	struct member m[] = { debian_debug[2], debian_debug[3], FILE_OF("usr/noise", &noise), debian_debug[4] };
	struct image_parts *p;

	(void)state;
	b = deb_of("data.tar.xz", xz_blocks(archive_of("gnutar", NULL, m, ARRAY_SIZE(m))));
	options.modules = NULL;
	/* The index and the footer are at the end, before them the last block. */
	b.v[b.n - 120] ^= 1;
	save("b.deb", b.v, b.n);
	assert_int_equal(open_one("b.deb", &p), 0);
	is_part(p, 0, PART_KERNEL, "vmlinux-" REL, &debug_kernel, REL);
	image_parts_close(p);
	options.modules = "all";
	refuses(open_one("b.deb", &p), ERR_FORMAT, "b.deb", "block 8 of 8");
	options.nlanes = 1;
	refuses(open_one("b.deb", &p), ERR_FORMAT, "b.deb", "damaged");
	buf_done(&noise);
	options.nlanes = 3;
	options.modules = NULL;
	b.v[b.n / 3] ^= 1;
	save("b.deb", b.v, b.n);
	refuses(open_one("b.deb", &p), ERR_FORMAT, "b.deb:" DEBUG "boot/vmlinux-" REL, "block 3 of 8");
	buf_done(&b);
}

/* Cut off anywhere: an error with words, or the whole kernel. */
static void test_cut(void **state)
{
	struct buf noise = elf_of(ET_CORE, (const char *const[]){ NULL }, 200000);
	const struct member m[] = { debian_debug[1], debian_debug[2], debian_debug[3], FILE_OF("usr/noise", &noise) };
	size_t n = ARRAY_SIZE(m), whole = 0, refused = 0;
	struct buf kinds[] = {
		deb_of("data.tar.xz", xz_blocks(archive_of("gnutar", NULL, m, n))),
		archive_of("gnutar", NULL, m, n),
		archive_of("gnutar", "gzip", m, n),
		archive_of("pax", "zstd", m, n),
		archive_of("pax", "xz", m, n),
		rpm_of(archive_of("newc", "gzip", m, n)),
	};
	struct image_parts *p;

	(void)state;
	options.modules = NULL;
	for (size_t k = 0; k < ARRAY_SIZE(kinds); k++) {
		for (size_t i = 0; i <= 60; i++) {
			size_t at = i < 10 ? i * 7 : (kinds[k].n - 1) * i / 60;

			save("cut.tar", kinds[k].v, at);
			if (open_one("cut.tar", &p)) {
				refused++;
				continue;
			}
			assert_int_equal(image_nparts(p), 1);
			is_part(p, 0, PART_KERNEL, "vmlinux-" REL, &debug_kernel, REL);
			image_parts_close(p);
			whole++;
		}
		/* A Debian package says its length. */
		assert_true(k || !whole);
		buf_done(&kinds[k]);
	}
	buf_done(&noise);
	assert_true(whole > 80 && refused > 200);
}

static void test_limit(void **state)
{
	struct buf zeros = { 0 };
	struct member m[] = { FILE_OF("usr/share/zeros", &zeros), FILE_OF("boot/vmlinux-" REL, &debug_kernel) };
	struct member kernel[] = { FILE_OF("boot/vmlinux-" REL, &zeros) };
	struct member small[300];
	struct image_parts *p;

	(void)state;
	buf_grow(&zeros, 8 << 20);
	memset(zeros.v, 0, 8 << 20);
	zeros.n = 8 << 20;
	options.modules = NULL;
	options.limit = 1 << 20;
	/* Compressed: what is skipped counts; not compressed: what is taken. */
	refuses(open_bytes("z.tar.gz", archive_of("ustar", "gzip", m, 2), &p), ERR_DAMAGED, "z.tar.gz:usr/share/zeros", "--unpack-max");
	refuses(open_bytes("z.tar.xz", xz_blocks(archive_of("ustar", NULL, m, 2)), &p), ERR_DAMAGED, "z.tar.xz", "1048576");
	refuses(open_bytes("z.rpm", rpm_of(archive_of("newc", "zstd", m, 2)), &p), ERR_DAMAGED, "z.rpm", "--unpack-max");
	assert_int_equal(open_bytes("z.tar", archive_of("ustar", NULL, m, 2), &p), 0);
	image_parts_close(p);
	refuses(open_bytes("z.tar", archive_of("ustar", NULL, kernel, 1), &p), ERR_DAMAGED, "z.tar", "--unpack-max");
	options.limit = 9 << 20;
	assert_int_equal(open_one("z.tar.gz", &p), 0);
	image_parts_close(p);
	/* Each file takes a page at least. */
	for (size_t i = 0; i < ARRAY_SIZE(small); i++)
		small[i] = (struct member)FILE_OF(KO "m.ko", &config);
	options.limit = 1 << 20;
	options.modules = "all";
	refuses(open_bytes("s.tar", archive_of("ustar", NULL, small, ARRAY_SIZE(small)), &p), ERR_DAMAGED, "s.tar", "--unpack-max");
	options.limit = 0;
	buf_done(&zeros);
}

/* A hole takes no room in a file, but it does in the limit. */
static void test_holes(void **state)
{
	char head[1024] = "boot/vmlinux-" REL;
	unsigned int sum = 8 * ' ';
	struct image_parts *p;
	struct buf b = { 0 };

	(void)state;
	/* GNU's old form: one piece of four bytes at the end of 4 GiB. */
	memcpy(head + 100, "0000644\0" "0000000\0" "0000000\0" "00000000004\0" "00000000000\0" "        S", 57);
	memcpy(head + 257, "ustar  ", 8);
	memcpy(head + 386, "37777777774\0" "00000000004", 24);
	memcpy(head + 483, "40000000000", 12);
	memcpy(head + 512, "tail", 4);
	for (int i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? 0 : (uint8_t)head[i];
	snprintf(head + 148, 8, "%06o", sum);
	buf_put(&b, head, sizeof(head));
	options.limit = 1 << 30;
	refuses(open_bytes("h.tar", b, &p), ERR_DAMAGED, "h.tar:boot/vmlinux-" REL, "--unpack-max");
	options.limit = 0;
}

static void test_bad_ar(void **state)
{
	struct buf b = { 0 };
	struct image_parts *p;

	(void)state;
	options.modules = NULL;
	buf_puts(&b, "!<arch>\n");
	put_ar(&b, "debian-binary", "2.0\n", 4);
	refuses(open_bytes("x.deb", b, &p), ERR_FORMAT, "x.deb", "data.tar");
	b = (struct buf){ 0 };
	buf_puts(&b, "!<arch>\nthis is no header of a member, though there is room enough for one");
	refuses(open_bytes("x.deb", b, &p), ERR_FORMAT, "x.deb", "header");
	b = (struct buf){ 0 };
	buf_puts(&b, "!<arch>\n");
	buf_printf(&b, "%-16s%-12d%-6d%-6d%-8s%-10s`\nshort", "data.tar", 0, 0, 0, "100644", "9999999999");
	refuses(open_bytes("x.deb", b, &p), ERR_FORMAT, "x.deb", "cut off");
	b = deb_of("data.tar.xz", (struct buf){ 0 });
	refuses(open_bytes("x.deb", b, &p), ERR_FORMAT, "x.deb", "damaged");
	b = (struct buf){ 0 };
	buf_puts(&b, "no tar at all");
	refuses(open_bytes("x.tar", b, &p), ERR_FORMAT, "x.tar", "named as a package");
}

/* ---- inputs --------------------------------------------------------------------------------------------------------- */

static void make_file(const char *path)
{
	char copy[600];

	snprintf(copy, sizeof(copy), "%s/%s", folder, path);
	for (char *p = copy + strlen(folder) + 1; (p = strchr(p, '/')); *p++ = '/') {
		*p = 0;
		mkdir(copy, 0755);
	}
	save(path, "x", 1);
}

/* Each input as "FILE FILE...", without the folder, a line each. */
static void inputs_are(const char *const *operands, size_t n, uint64_t nothers, const char *want)
{
	char paths[4][600], *args[4];
	struct image_inputs in;
	struct buf b = { 0 };

	for (size_t i = 0; i < n; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, operands[i]);
		args[i] = paths[i];
	}
	err_clear(&err);
	assert_int_equal(image_inputs_find(args, n, &in, &err), 0);
	for (size_t i = 0; i < in.v.n; i++) {
		assert_string_equal(in.v.v[i].path, in.v.v[i].files[0]);
		for (size_t k = 0; k < in.v.v[i].nfiles; k++)
			buf_printf(&b, "%s%s", k ? " " : "", in.v.v[i].files[k] + strlen(folder) + 1);
		buf_char(&b, '\n');
	}
	assert_string_equal(buf_z(&b), want);
	assert_int_equal(in.nothers, nothers);
	buf_done(&b);
	image_inputs_done(&in);
}

static void test_inputs(void **state)
{
	static const char *const tree[] = {
		"t/boot/vmlinuz-" REL, "t/boot/config-" REL, "t/boot/grub/unicode.pf2", "t/usr/lib/debug/boot/vmlinux-" REL,
		"t/lib/modules/" REL "/kernel/fs/a.ko.xz", "t/lib/modules/" REL "/kernel/b.ko", "t/lib/modules/" REL "/modules.dep",
		"t/usr/lib/debug/lib/modules/" REL2 "/vmlinux", "t/usr/lib/modules/" REL2 "/kernel/c.ko.zst",
	};
	static const char *const debs[] = {
		"d/linux-image-" REL "-dbg_1-1_amd64.deb", "d/linux-image-" REL "_1-1_amd64.deb", "d/linux-image-" REL "-unsigned_1-2_amd64.deb",
		"d/linux-modules-" REL "_1-1_amd64.deb", "d/linux-headers-" REL "_1-1_amd64.deb", "d/bash_5_amd64.deb",
		"d/kernel-core-6.8.5-301.fc40.x86_64.rpm", "d/kernel-debuginfo-6.8.5-301.fc40.x86_64.rpm",
		"d/kernel-debuginfo-common-x86_64-6.8.5-301.fc40.x86_64.rpm", "d/kernel-rt-core-6.8.5-301.fc40.x86_64.rpm",
		"d/linux-6.8.1.arch1-1-x86_64.pkg.tar.zst", "d/linux-image-unsigned-5.4.0-26-generic-dbgsym_5.4.0-26.30_amd64.ddeb",
		"d/linux-modules-5.4.0-26-generic_5.4.0-26.30_amd64.deb", "d/more/linux-image-" REL "_1-1_amd64.deb",
	};
	static const char *const hub[] = {
		"h/ubuntu/18.04/x86_64/4.15.0-1-generic.btf.tar.xz", "h/ubuntu/18.04/arm64/4.15.0-1-generic.btf.tar.xz", "h/README.md",
		"h/x/4.15.0-1-generic.btf", "h/y/4.15.0-1-generic.btf",
	};
	static const char *const few[] = { "o/vmlinux", "o/one.ko", "o/two.ko", "q/vmlinux-a", "q/vmlinuz-a", "q/vmlinux-b", "q/.config" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tree); i++)
		make_file(tree[i]);
	for (size_t i = 0; i < ARRAY_SIZE(debs); i++)
		make_file(debs[i]);
	for (size_t i = 0; i < ARRAY_SIZE(hub); i++)
		make_file(hub[i]);
	for (size_t i = 0; i < ARRAY_SIZE(few); i++)
		make_file(few[i]);
	assert_int_equal(symlink("vmlinuz-" REL, in_folder("t/boot/vmlinuz")), 0);
	assert_int_equal(symlink("../boot", in_folder("t/boot/boot")), 0);
	inputs_are((const char *const[]){ "t", "t/boot/vmlinuz" }, 2, 3,
		   "t/usr/lib/debug/boot/vmlinux-" REL " t/boot/vmlinuz-" REL " t/boot/config-" REL " t/lib/modules/" REL
		   "/kernel/b.ko t/lib/modules/" REL "/kernel/fs/a.ko.xz\n"
		   "t/usr/lib/debug/lib/modules/" REL2 "/vmlinux t/usr/lib/modules/" REL2 "/kernel/c.ko.zst\n");
	inputs_are((const char *const[]){ "d" }, 1, 3,
		   "d/kernel-debuginfo-6.8.5-301.fc40.x86_64.rpm d/kernel-core-6.8.5-301.fc40.x86_64.rpm\n"
		   "d/kernel-rt-core-6.8.5-301.fc40.x86_64.rpm\n"
		   "d/linux-6.8.1.arch1-1-x86_64.pkg.tar.zst\n"
		   "d/linux-image-" REL "-dbg_1-1_amd64.deb d/linux-image-" REL "_1-1_amd64.deb d/linux-modules-" REL "_1-1_amd64.deb\n"
		   "d/linux-image-" REL "-unsigned_1-2_amd64.deb\n"
		   "d/linux-image-unsigned-5.4.0-26-generic-dbgsym_5.4.0-26.30_amd64.ddeb d/linux-modules-5.4.0-26-generic_5.4.0-26.30_amd64.deb\n"
		   "d/more/linux-image-" REL "_1-1_amd64.deb\n");
	inputs_are((const char *const[]){ "h" }, 1, 1,
		   "h/ubuntu/18.04/arm64/4.15.0-1-generic.btf.tar.xz\nh/ubuntu/18.04/x86_64/4.15.0-1-generic.btf.tar.xz\n"
		   "h/x/4.15.0-1-generic.btf\nh/y/4.15.0-1-generic.btf\n");
	/* A module whose release nobody tells goes to the only kernel there is. */
	inputs_are((const char *const[]){ "o/two.ko", "o/vmlinux", "o/one.ko", "o/vmlinux" }, 4, 0, "o/vmlinux o/one.ko o/two.ko\n");
	inputs_are((const char *const[]){ "o/one.ko", "o/two.ko" }, 2, 0, "o/one.ko o/two.ko\n");
	inputs_are((const char *const[]){ "q" }, 1, 0, "q/vmlinux-a q/vmlinuz-a q/.config\nq/vmlinux-b\n");
	inputs_are((const char *const[]){ "q/absent", "d/bash_5_amd64.deb", "h/README.md" }, 3, 0, "d/bash_5_amd64.deb\nh/README.md\nq/absent\n");
}

/* Where no path tells, the files do. */
static void test_asked_inputs(void **state)
{
	(void)state;
	make_file("r/a/vmlinux");
	make_file("r/b/vmlinux");
	save("r/a/vmlinux", "...Linux version %s...Linux version " REL " (x", 48);
	save("r/b/vmlinux", "...Linux version " REL2 " (x", 31);
	make_file("r/x.ko");
	save("r/x.ko", "license=GPL\0vermagic=" REL2 " SMP", 37);
	make_file("r/m/lib/modules/" REL "/y.ko.xz");
	inputs_are((const char *const[]){ "r" }, 1, 0,
		   "r/a/vmlinux r/m/lib/modules/" REL "/y.ko.xz\nr/b/vmlinux r/x.ko\n");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_containers), cmocka_unit_test(test_layouts), cmocka_unit_test(test_plain),
		cmocka_unit_test(test_links),	   cmocka_unit_test(test_names),   cmocka_unit_test(test_blocks),
		cmocka_unit_test(test_cut),	   cmocka_unit_test(test_limit),   cmocka_unit_test(test_holes),
		cmocka_unit_test(test_bad_ar),	   cmocka_unit_test(test_inputs),  cmocka_unit_test(test_asked_inputs),
	};
	bool seeds = argc == 3 && !strcmp(argv[1], "seeds");
	int rc = 0;

	make_bytes(seeds ? 500 : 300000);
	if (seeds)
		write_seeds(argv[2]);
	else
		rc = cmocka_run_group_tests(tests, folder_setup, folder_teardown);
	buf_done(&debug_kernel);
	buf_done(&plain_kernel);
	buf_done(&boot_kernel);
	buf_done(&module);
	buf_done(&config);
	return rc;
}
