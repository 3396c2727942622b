// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The running kernel as an image without memory: its types from /sys/kernel/btf, its symbols from /proc/kallsyms, its
 * identity from /proc and /sys, and the lists that only a kernel at work has. Needs no privilege; what it may not or
 * cannot see it says, and never guesses. Formats: Documentation/ABI/stable/sysfs-kernel-notes, testing/sysfs-kernel-btf,
 * kernel/kallsyms.c (s_show), Documentation/trace/ftrace.rst.
 */
#include "image/image_int.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

/* Files of /proc and /sys have no size of their own: they are read to their end, and no further than this. */
#define LINE_MAX_SIZE 4096u
#define CONFIG_MAX (16u << 20)
#define LIST_MAX (64u << 20)
#define SYMBOLS_MAX (256u << 20)
#define BTF_MAX (256u << 20)

struct running {
	struct image *img;
	struct image_live *live;
	struct arena *a; /* the image's */
	const char *root;
	struct buf path; /* the last one that was opened */
	const char *why; /* why it cannot be read */
};

/* ---- files ---- */

static bool read_all(struct running *r, int fd, uint64_t max, struct buf *out)
{
	struct stat st;

	/* A folder, a pipe or a device is none of the files that are meant. */
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		r->why = "not a file";
		return false;
	}
	while (out->n <= max) {
		ssize_t n;

		buf_grow(out, 1 << 16);
		n = read(fd, out->v + out->n, 1 << 16);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			r->why = strerror(errno);
		if (n <= 0)
			return !n;
		out->n += (size_t)n;
	}
	r->why = "larger than it can be";
	return false;
}

/* The bytes of ROOT/NAME with a NUL behind them, in the image's memory. False, and r->why, when they cannot be had. */
static bool read_file(struct running *r, uint64_t max, struct image_bytes *ret, const char *fmt, ...) BASE_PRINTF(4, 5);
static bool read_file(struct running *r, uint64_t max, struct image_bytes *ret, const char *fmt, ...)
{
	struct buf bytes = { 0 };
	char name[512];
	va_list ap;
	bool ok;
	int fd;

	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	r->path.n = 0;
	buf_printf(&r->path, "%s/%s", r->root, name);
	fd = open(buf_z(&r->path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		r->why = strerror(errno);
		return false;
	}
	ok = read_all(r, fd, max, &bytes);
	close(fd);
	if (ok) {
		buf_z(&bytes);
		*ret = (struct image_bytes){ (uint8_t *)arena_strndup(r->a, bytes.v, bytes.n), bytes.n };
	}
	buf_done(&bytes);
	return ok;
}

static void unseen(struct running *r, const char *why, const char *fmt, ...) BASE_PRINTF(3, 4);
static void unseen(struct running *r, const char *why, const char *fmt, ...)
{
	char what[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	VEC_PUSH(&r->live->unseen, ((struct image_unseen){ arena_strndup(r->a, what, strlen(what)),
							   arena_strndup(r->a, why, strlen(why)) }));
}

/* A file of one line, without its end; NULL when it cannot be read. */
static const char *read_line(struct running *r, const char *name)
{
	struct image_bytes b;

	if (!read_file(r, LINE_MAX_SIZE, &b, "%s", name))
		return NULL;
	return arena_strndup(r->a, (const char *)b.data, strcspn((const char *)b.data, "\n"));
}

/* A list that is in one of two places; what is not seen is named by the first. */
static const char *read_list(struct running *r, const char *name, const char *other)
{
	struct image_bytes b;
	const char *why;

	if (read_file(r, LIST_MAX, &b, "%s", name))
		return (const char *)b.data;
	why = r->why;
	if (other && read_file(r, LIST_MAX, &b, "%s", other))
		return (const char *)b.data;
	unseen(r, why, "/%s", name);
	return NULL;
}

/* ---- identity ---- */

static const struct machine {
	const char *uname; /* of uname -m; what begins so */
	const char *arch, *config; /* Debian's word; the option that only this machine's kernels have */
	uint8_t pointer_size;
	bool big_endian;
} machines[] = {
	{ "x86_64", "amd64", "CONFIG_X86_64=y", 8, false },
	{ "i386", "i386", "CONFIG_X86_32=y", 4, false },
	{ "i486", "i386", NULL, 4, false },
	{ "i586", "i386", NULL, 4, false },
	{ "i686", "i386", NULL, 4, false },
	{ "aarch64_be", "arm64", NULL, 8, true },
	{ "aarch64", "arm64", "CONFIG_ARM64=y", 8, false },
	{ "arm", "armhf", "CONFIG_ARM=y", 4, false },
	{ "ppc64le", "ppc64el", "CONFIG_CPU_LITTLE_ENDIAN=y", 8, false },
	{ "ppc64", "ppc64", "CONFIG_PPC64=y", 8, true },
	{ "ppc", "powerpc", "CONFIG_PPC32=y", 4, true },
	{ "riscv64", "riscv64", "CONFIG_ARCH_RV64I=y", 8, false },
	{ "riscv32", "riscv32", "CONFIG_ARCH_RV32I=y", 4, false },
	{ "s390x", "s390x", "CONFIG_S390=y", 8, true },
	{ "loongarch64", "loongarch64", "CONFIG_LOONGARCH=y", 8, false },
	{ "sparc64", "sparc64", "CONFIG_SPARC64=y", 8, true },
};

static const struct machine *machine_of_uname(const char *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (!strncmp(word, machines[i].uname, strlen(machines[i].uname)))
			return &machines[i];
	return NULL;
}

static bool has_line(const char *text, const char *line)
{
	size_t n = strlen(line);

	for (const char *p = text; (p = strstr(p, line)); p += n)
		if ((p == text || p[-1] == '\n') && (!p[n] || p[n] == '\n'))
			return true;
	return false;
}

/* CONFIG_CPU_LITTLE_ENDIAN is an option of several machines: ppc64el's has CONFIG_PPC64 as well. */
static const struct machine *machine_of_config(const char *config)
{
	for (size_t i = 0; config && i < ARRAY_SIZE(machines); i++) {
		const struct machine *m = &machines[i];

		if (!m->config || !has_line(config, m->config))
			continue;
		if (!strcmp(m->arch, "ppc64el") && !has_line(config, "CONFIG_PPC64=y"))
			continue;
		return m;
	}
	return NULL;
}

static int find_machine(struct running *r, const struct image_bytes *btf, struct err *err)
{
	const char *word = read_line(r, "proc/sys/kernel/arch"); /* since 6.1 */
	const struct machine *m = word ? machine_of_uname(word) : machine_of_config(r->live->config);
	struct utsname uts;

	/* Only of this machine itself is uname(2) the answer. */
	if (!m && !strcmp(r->root, "") && !uname(&uts))
		m = machine_of_uname(uts.machine);
	if (!m)
		return err_set(err, ERR_MISSING, r->img->path, ERR_NO_OFFSET,
			       "neither proc/sys/kernel/arch nor a config tells the architecture");
	r->img->arch = m->arch;
	r->img->pointer_size = m->pointer_size;
	r->img->big_endian = m->big_endian;
	/* Types say themselves which byte order they have (struct btf_header.magic). */
	if (btf->size >= 2)
		r->img->big_endian = btf->data[0] == 0xeb;
	return 0;
}

static void read_banner(struct running *r)
{
	const char *banner = read_line(r, "proc/version"), *release = read_line(r, "proc/sys/kernel/osrelease");
	struct buf b = { 0 };

	if (!banner && release) {
		buf_printf(&b, "Linux version %s", release);
		banner = arena_strndup(r->a, b.v, b.n);
		buf_done(&b);
	}
	r->live->banner = banner ? banner : "";
}

/* ---- config ---- */

static bool gunzip(struct running *r, struct image_bytes in, const char **ret)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)in.data, .avail_in = (uInt)in.size };
	struct buf out = { 0 };
	int rc;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return false;
	do {
		buf_grow(&out, 1 << 16);
		z.next_out = (uint8_t *)out.v + out.n;
		z.avail_out = 1 << 16;
		rc = inflate(&z, Z_NO_FLUSH);
		out.n += (1 << 16) - z.avail_out;
	} while (rc == Z_OK && out.n < CONFIG_MAX);
	inflateEnd(&z);
	if (rc == Z_STREAM_END)
		*ret = arena_strndup(r->a, out.v, out.n);
	buf_done(&out);
	return rc == Z_STREAM_END;
}

static void read_config(struct running *r)
{
	const char *rel = r->live->banner, *why;
	struct image_bytes b;
	char release[256] = "";

	if (!strncmp(rel, "Linux version ", 14))
		snprintf(release, sizeof(release), "%.*s", (int)strcspn(rel + 14, " "), rel + 14);
	if (read_file(r, CONFIG_MAX, &b, "proc/config.gz")) {
		if (gunzip(r, b, &r->live->config))
			return;
		r->why = "no gzip data";
	}
	why = r->why;
	/* A release is no path. */
	if (*release && !strchr(release, '/') &&
	    (read_file(r, CONFIG_MAX, &b, "boot/config-%s", release) ||
	     read_file(r, CONFIG_MAX, &b, "lib/modules/%s/config", release)))
		r->live->config = (const char *)b.data;
	else
		unseen(r, why, "config: neither /proc/config.gz nor /boot/config-%s", *release ? release : "RELEASE");
}

/* ---- symbols ---- */

struct letters {
	VEC(struct image_letter) v;
	uint64_t nbad, nplaced; /* lines that make no sense; symbols with an address */
};

static struct image_module *find_module(struct running *r, const char *name)
{
	for (size_t i = 0; i < r->live->modules.n; i++)
		if (!strcmp(r->live->modules.v[i].name, name))
			return &r->live->modules.v[i];
	VEC_PUSH(&r->live->modules, ((struct image_module){ .name = name, .build_id = "" }));
	return &r->live->modules.v[r->live->modules.n - 1];
}

/*
 * "ffffffff81000000 T _stext", or with "\t[nf_conntrack]" behind it. What the kernel makes at run time is in
 * brackets, too ([bpf], [__builtin__ftrace]); it is of no module, and left out.
 */
static void read_symbol(struct running *r, char *line, struct letters *ret)
{
	const char *section = NULL, *before;
	char *end, *name, *bracket, letter;
	uint64_t addr;

	errno = 0;
	addr = strtoull(line, &end, 16);
	letter = end[0] == ' ' ? end[1] : '\0';
	if (end == line || errno || !letter || !((letter | 32) >= 'a' && (letter | 32) <= 'z') || end[2] != ' ' || !end[3]) {
		ret->nbad++;
		return;
	}
	name = end + 3;
	bracket = strchr(name, '\t');
	if (bracket) {
		*bracket++ = '\0';
		if (*bracket != '[' || !strncmp(bracket, "[__builtin__", 12) || !strcmp(bracket, "[bpf]"))
			return;
		section = bracket;
		before = ret->v.n ? ret->v.v[ret->v.n - 1].section : NULL;
		if ((!before || strcmp(before, section)) && strlen(section) > 2)
			find_module(r, arena_strndup(r->a, section + 1, strlen(section) - 2));
	}
	ret->nplaced += addr != 0;
	VEC_PUSH(&ret->v, ((struct image_letter){ name, section, addr, letter }));
}

/* The text is the image's own; names stay in it. */
static int read_symbols(struct running *r, char *text, struct err *err)
{
	struct letters l = { 0 };
	char *next;
	int rc;

	for (char *line = text; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		read_symbol(r, line, &l);
	}
	if (l.nbad)
		unseen(r, "not ADDRESS LETTER NAME", "/proc/kallsyms: %llu lines", (unsigned long long)l.nbad);
	if (l.v.n && !l.nplaced)
		unseen(r, "hidden from users (kernel.kptr_restrict)", "/proc/kallsyms: addresses");
	rc = l.v.n ? image_set_letters(r->img, l.v.v, l.v.n, err) : 0;
	VEC_DONE(&l.v);
	return rc;
}

/* ---- types ---- */

static void add_section(struct image *img, const char *name, uint32_t type, struct image_bytes bytes)
{
	struct image_sec *sec = VEC_ADD(&img->secs);

	*sec = (struct image_sec){ .name = name, .bytes = bytes };
	sec->hdr.sh_type = type;
	sec->hdr.sh_size = bytes.size;
}

static const char *module_build_id(struct running *r, const char *name)
{
	struct image_bytes b;
	struct buf hex = { 0 };
	const char *ret = "";

	if (!read_file(r, LINE_MAX_SIZE, &b, "sys/module/%s/notes/.note.gnu.build-id", name))
		return ret;
	if (image_note_build_id(b, image_swapped(r->img), &hex))
		ret = arena_strndup(r->a, hex.v, hex.n);
	buf_done(&hex);
	return ret;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct image_module *)a)->name, ((const struct image_module *)b)->name);
}

static void read_modules(struct running *r)
{
	const char *why = "";
	struct image_bytes b;
	struct dirent *e;
	size_t nlacking = 0;
	DIR *dir;

	r->path.n = 0;
	buf_printf(&r->path, "%s/sys/kernel/btf", r->root);
	dir = opendir(buf_z(&r->path));
	while (dir && (e = readdir(dir)))
		if (e->d_name[0] != '.' && strcmp(e->d_name, "vmlinux"))
			find_module(r, arena_strndup(r->a, e->d_name, strlen(e->d_name)));
	if (dir)
		closedir(dir);
	for (size_t i = 0; i < r->live->modules.n; i++) {
		struct image_module *m = &r->live->modules.v[i];

		if (!read_file(r, BTF_MAX, &b, "sys/kernel/btf/%s", m->name)) {
			nlacking++;
			why = r->why;
		} else if (b.size) {
			m->btf = b.data;
			m->btf_size = b.size;
		}
		m->build_id = module_build_id(r, m->name);
	}
	if (nlacking)
		unseen(r, why, "/sys/kernel/btf: types of %zu of %zu modules", nlacking, r->live->modules.n);
	if (r->live->modules.n)
		qsort(r->live->modules.v, r->live->modules.n, sizeof(*r->live->modules.v), by_name);
}

/* ---- all together ---- */

/* What of it stays the same as long as the kernel is the same build: the image's bytes, for its hash. */
static void keep_bytes(struct running *r, struct image_bytes btf, struct image_bytes notes)
{
	size_t n = strlen(r->live->banner);
	uint8_t *p;

	r->img->size = btf.size + notes.size + n;
	r->img->data = p = arena_alloc(r->a, r->img->size);
	memcpy(p, r->live->banner, n);
	if (notes.size)
		memcpy(p + n, notes.data, notes.size);
	if (btf.size)
		memcpy(p + n + notes.size, btf.data, btf.size);
}

static int read_running(struct running *r, struct err *err)
{
	struct image_bytes btf = { NULL, 0 }, notes = { NULL, 0 }, symbols = { NULL, 0 };
	const char *why = NULL;
	int rc;

	if (!read_file(r, BTF_MAX, &btf, "sys/kernel/btf/vmlinux") || !btf.size)
		unseen(r, why = btf.data ? "empty" : r->why, "/sys/kernel/btf/vmlinux");
	if (!read_file(r, SYMBOLS_MAX, &symbols, "proc/kallsyms") || !symbols.size)
		unseen(r, symbols.data ? "empty" : r->why, "/proc/kallsyms");
	if (!btf.size && !symbols.size)
		return err_set(err, ERR_MISSING, r->img->path, ERR_NO_OFFSET,
			       "neither sys/kernel/btf/vmlinux nor proc/kallsyms can be read: %s", why);
	read_banner(r);
	read_config(r);
	rc = find_machine(r, &btf, err);
	if (rc)
		return rc;
	if (!read_file(r, LINE_MAX_SIZE, &notes, "sys/kernel/notes"))
		unseen(r, r->why, "/sys/kernel/notes: the build id");
	add_section(r->img, "", SHT_NULL, (struct image_bytes){ NULL, 0 });
	if (btf.size)
		add_section(r->img, ".BTF", SHT_PROGBITS, btf);
	if (notes.size)
		add_section(r->img, ".notes", SHT_NOTE, notes);
	rc = symbols.size ? read_symbols(r, (char *)(uintptr_t)symbols.data, err) : 0;
	if (rc)
		return rc;
	read_modules(r);
	r->live->filter_functions = read_list(r, "sys/kernel/tracing/available_filter_functions",
					      "sys/kernel/debug/tracing/available_filter_functions");
	r->live->kprobe_blacklist = read_list(r, "sys/kernel/debug/kprobes/blacklist", NULL);
	keep_bytes(r, btf, notes);
	return 0;
}

int image_open_running(const char *root, struct image **ret, struct err *err)
{
	struct image *img = base_calloc(1, sizeof(*img));
	struct running r = { .img = img, .a = &img->arena };
	size_t n = strlen(root);
	int rc;

	arena_init(&img->arena);
	while (n && root[n - 1] == '/')
		n--;
	r.root = arena_strndup(&img->arena, root, n);
	img->kind = IMAGE_LIVE;
	img->path = n ? r.root : "running kernel";
	img->live = r.live = arena_alloc(&img->arena, sizeof(*img->live));
	*r.live = (struct image_live){ .banner = "" };
	rc = read_running(&r, err);
	buf_done(&r.path);
	if (rc)
		image_close(img);
	else
		*ret = img;
	return rc;
}

void image_live_done(struct image_live *live)
{
	VEC_DONE(&live->unseen);
	VEC_DONE(&live->modules);
}

const struct image_live *image_live(const struct image *img)
{
	return img->live;
}
