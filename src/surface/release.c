// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Kernel releases: from the text that a kernel prints (uname -r) to version, revision, flavor and
 * arch, and the order of images. Knows the habits of distributions; never guesses facts of a kernel
 * from them. Source: the kernel's scripts/setlocalversion, and released kernels of each distribution.
 */
#include "surface/surface.h"

#include <ctype.h>
#include <stdio.h>

/*
 * The release is VERSION, then what the distribution adds. Its parts have no common grammar:
 *
 *   5.4.0-26-generic                    Ubuntu: ABI number, flavor
 *   6.1.0-56-cloud-amd64                Debian: ABI number, flavor, arch as the last word
 *   6.12.107+deb13-cloud-arm64          Debian 13: suffix, flavor, arch
 *   5.14.0-427.13.1.el9_4.x86_64+rt     Fedora and kin: build, machine, + flavor
 *   6.4.0-150600.21-default             SUSE: build, flavor
 *   6.9.1-arch1-1, 6.9.1-zen1-1-zen     Arch: build in two words, flavor
 *   6.6.30-android15-8-gabcdef-ab123    Android: branch, generation, commit, build
 *   6.10.0-rc3-00123-gdeadbeef          mainline: git describe
 *
 * So: the arch is taken out where it stands, words that look like a build's number are the revision,
 * and the words after these are the flavor.
 */

/* Debian's words first; a row holds what else is written for the same arch. */
static const char *const arches[][7] = {
	{ "amd64", "x86_64" },
	{ "arm64", "aarch64" },
	{ "armhf", "armv7l", "armv7hl", "armv7", "arm" },
	{ "armel", "armv5tel" },
	{ "i386", "i686", "i586", "i486" },
	{ "ppc64el", "ppc64le" },
	{ "ppc64" },
	{ "powerpc", "ppc" },
	{ "riscv64" },
	{ "s390x" },
	{ "loongarch64", "loong64" },
	{ "mips64el" },
	{ "mipsel" },
	{ "mips" },
	{ "sparc64" },
	{ "alpha" },
	{ "hppa", "parisc", "parisc64" },
	{ "ia64" },
	{ "m68k" },
	{ "sh4" },
};

/* A piece of the release's text. */
struct piece {
	const char *s;
	size_t n;
};

static bool piece_is(struct piece p, const char *text)
{
	return strlen(text) == p.n && !memcmp(p.s, text, p.n);
}

/* The row of arches that has the word, or NULL. */
static const char *const *arch_row(struct piece word)
{
	for (size_t i = 0; i < ARRAY_SIZE(arches); i++)
		for (size_t j = 0; j < ARRAY_SIZE(arches[i]) && arches[i][j]; j++)
			if (piece_is(word, arches[i][j]))
				return arches[i];
	return NULL;
}

static bool all_of(struct piece p, int (*is)(int))
{
	for (size_t i = 0; i < p.n; i++)
		if (!is((unsigned char)p.s[i]))
			return false;
	return p.n > 0;
}

/* "rc3" when prefix is "rc": the prefix, then digits only. */
static bool is_numbered(struct piece p, const char *prefix)
{
	size_t n = strlen(prefix);

	return p.n > n && !memcmp(p.s, prefix, n) &&
	       all_of((struct piece){ p.s + n, p.n - n }, isdigit);
}

static bool is_commit(struct piece p)
{
	return p.n >= 7 && p.s[0] == 'g' && all_of((struct piece){ p.s + 1, p.n - 1 }, isxdigit);
}

/* A word that can open a revision. */
static bool opens_revision(struct piece p)
{
	static const char *const builds[] = { "rc",  "arch",   "zen",	  "hardened", "android",
					      "deb", "xanmod", "cachyos", "lqx",      "rt" };

	for (size_t i = 0; i < ARRAY_SIZE(builds); i++)
		if (is_numbered(p, builds[i]))
			return true;
	return (p.n && isdigit((unsigned char)p.s[0])) || is_commit(p) || piece_is(p, "dirty");
}

static bool begins_with_digit(struct piece p)
{
	return p.n && isdigit((unsigned char)p.s[0]);
}

/* A word that goes on with a revision whose last word is `prev`; `next` may be empty. */
static bool extends_revision(struct piece prev, struct piece p, struct piece next)
{
	if (is_commit(p) || is_numbered(p, "rc") || is_numbered(p, "tlinux") || piece_is(p, "dirty") ||
	    (is_commit(prev) && is_numbered(p, "ab")) || (piece_is(p, "maybe") && piece_is(next, "dirty")))
		return true;
	/* linux-next: rc1-next-20240328. TencentOS: tlinux4-0017.7. */
	if ((piece_is(p, "next") && all_of(next, isdigit)) || (is_numbered(prev, "tlinux") && begins_with_digit(p)))
		return true;
	return all_of(p, isdigit) && (isalpha((unsigned char)prev.s[0]) || is_commit(next));
}

/* The next word of the text that ends at `end`, up to '-'; empty at the end. */
static struct piece next_word(const char **at, const char *end)
{
	struct piece w = { *at, 0 };

	while (*at < end && **at != '-')
		(*at)++;
	w.n = (size_t)(*at - w.s);
	if (*at < end)
		(*at)++;
	return w;
}

/* "6.12.107" at s into v; the text behind it, or NULL when there is no version. */
static const char *parse_version(const char *s, uint32_t v[3])
{
	v[0] = v[1] = v[2] = 0;
	for (int i = 0; i < 3; i++) {
		uint64_t number = 0;

		if (!isdigit((unsigned char)*s))
			return NULL;
		for (; isdigit((unsigned char)*s); s++) {
			number = number * 10 + (uint64_t)(*s - '0');
			if (number > UINT32_MAX)
				return NULL;
		}
		v[i] = (uint32_t)number;
		if (s[0] != '.' || !isdigit((unsigned char)s[1]))
			return i ? s : NULL;
		if (i < 2)
			s++;
	}
	return s;
}

/* The arch that a release names at its end: "...-amd64", "....x86_64", "....x86_64+debug". */
static struct piece final_arch(const char *rest)
{
	const char *end = rest + strlen(rest), *plus = strrchr(rest, '+');
	const char *s = end;
	struct piece w;

	while (s > rest && s[-1] != '-' && s[-1] != '.')
		s--;
	w = (struct piece){ s, (size_t)(end - s) };
	if (plus > s)
		w.n = (size_t)(plus - s);
	if (s > rest && arch_row(w) && (s[-1] == '.' || !s[w.n]))
		return w;
	return (struct piece){ end, 0 };
}

/* Takes the arch out of a word: "553.el8.x86_64+debug" is "553.el8", and *flavor is "debug". */
static struct piece strip_arch(struct piece word, const char *const *row, struct piece *flavor)
{
	for (size_t i = 0; row && i + 1 < word.n; i++) {
		struct piece tail = { word.s + i + 1, word.n - i - 1 };
		const char *plus = memchr(tail.s, '+', tail.n);
		struct piece name = { tail.s, plus ? (size_t)(plus - tail.s) : tail.n };

		if (word.s[i] == '.' && arch_row(name) == row) {
			if (plus)
				*flavor = (struct piece){ plus + 1, tail.n - name.n - 1 };
			return (struct piece){ word.s, i };
		}
	}
	return word;
}

static void put_word(struct buf *b, struct piece w)
{
	if (!w.n)
		return;
	if (b->n)
		buf_char(b, '-');
	buf_put(b, w.s, w.n);
}

/* What stands between version and end, into revision and flavor. */
static void split_rest(const char *rest, const char *end, const char *const *row,
		       struct buf *revision, struct buf *flavor)
{
	struct piece prev = { rest, 0 }, word, next, after = { rest, 0 };
	bool in_revision = true, first = true;
	/* After "+", "." or "_" the first word is the version's suffix, whatever it is. */
	bool suffix = rest < end && *rest != '-';
	/* A fourth number of the version is a revision of its own, before the build's: 6.6.57.1-2.azl3. */
	bool fourth = rest < end && *rest == '.';

	if (rest < end)
		rest++;
	/* "+" at the end marks a tree with changes. */
	if (end > rest && end[-1] == '+')
		end--;
	for (word = next_word(&rest, end); word.n || rest < end; word = next) {
		next = next_word(&rest, end);
		after.n = 0;
		word = strip_arch(word, row, &after);
		if (first)
			in_revision = suffix || opens_revision(word);
		else if (in_revision)
			in_revision = extends_revision(prev, word, next) || (fourth && begins_with_digit(word));
		fourth = fourth && first;
		first = false;
		/* Mageia: desktop-1.mga9. */
		if (!in_revision && !revision->n && begins_with_digit(word) && memchr(word.s, '.', word.n))
			put_word(revision, word);
		/* Debian names the arch as a flavor: the default one, or before a page size. */
		else if (in_revision || !row || arch_row(word) != row)
			put_word(in_revision ? revision : flavor, word);
		put_word(flavor, after);
		prev = word;
	}
}

/* ---- flavors that are hidden, or are no flavors ---- */

static bool revision_is(const struct buf *revision, const char *prefix)
{
	size_t n = strlen(prefix);

	return revision->n > n && !memcmp(revision->v, prefix, n);
}

/* Whether a dotted part of the text is `prefix` and digits: "rt7" in 553.5.1.rt7.346.el8_10. */
static bool has_numbered_part(const struct buf *text, const char *prefix)
{
	for (size_t i = 0, n; i < text->n; i += n + 1) {
		const char *dot = memchr(text->v + i, '.', text->n - i);

		n = dot ? (size_t)(dot - (text->v + i)) : text->n - i;
		if (is_numbered((struct piece){ text->v + i, n }, prefix))
			return true;
	}
	return false;
}

/*
 * Debian's default kernels of these archs are called by their processor: no flavor, so that they are relatives
 * of the default kernels of other archs. What else the flavor says stays: armmp-lpae, powerpc64le-64k, rt-armmp.
 */
static void drop_processor(struct buf *flavor)
{
	static const char *const processors[] = { "armmp", "powerpc64le", "686-pae" };

	for (size_t i = 0; i < ARRAY_SIZE(processors); i++) {
		size_t n = strlen(processors[i]);

		if (flavor->n == n && !memcmp(flavor->v, processors[i], n)) {
			flavor->n = 0;
		} else if (flavor->n > n && !memcmp(flavor->v, processors[i], n) && flavor->v[n] == '-') {
			memmove(flavor->v, flavor->v + n + 1, flavor->n - n - 1);
			flavor->n -= n + 1;
		} else if (flavor->n > n && !memcmp(flavor->v + flavor->n - n, processors[i], n) &&
			   flavor->v[flavor->n - n - 1] == '-') {
			flavor->n -= n + 1;
		}
	}
}

static void settle_flavor(const struct buf *revision, struct buf *flavor)
{
	struct buf whole = { 0 };

	drop_processor(flavor);
	if (revision_is(revision, "android")) {
		buf_puts(&whole, flavor->n ? "android-" : "android");
		buf_put(&whole, flavor->n ? flavor->v : "", flavor->n);
		flavor->n = 0;
		buf_put(flavor, whole.v, whole.n);
		buf_done(&whole);
	}
	if (!flavor->n && has_numbered_part(revision, "rt"))
		buf_puts(flavor, "rt");
	if (!flavor->n && revision->n > 3 && !memcmp(revision->v + revision->n - 3, "uek", 3))
		buf_puts(flavor, "uek");
}

/* ---- distributions ---- */

/*
 * In this order: what only one distribution writes into its releases; what its builders leave in the banner (where
 * others' compilers stand too); what a release tells that others could have, too.
 */
static const struct { const char *word, *distro; } release_words[] = {
	{ "amzn", "amazon" },	    { ".azl", "azurelinux" },	{ ".cm2", "mariner" },	    { ".cm1", "mariner" },
	{ "uek", "oracle" },	    { ".oe1", "openeuler" },	{ ".oe2", "openeuler" },    { ".an8", "anolis" },
	{ ".an23", "anolis" },	    { ".al7", "alibaba" },	{ ".al8", "alibaba" },	    { ".mga", "mageia" },
	{ ".ph", "photon" },	    { "tlinux", "tencent" },	{ ".qubes", "qubes" },	    { ".elrepo", "elrepo" },
	{ ".centos", "centos" },    { ".lve", "cloudlinux" },	{ "-android", "android" },  { "-pve", "proxmox" },
	{ "+rpt", "raspberrypi" },  { "-rpi-", "raspberrypi" }, { "microsoft", "wsl" },	    { "-liquorix", "liquorix" },
	{ "-xanmod", "xanmod" },    { "-cachyos", "cachyos" },	{ "-MANJARO", "manjaro" },  { "-gentoo", "gentoo" },
	{ "-flatcar", "flatcar" },  { "-talos", "talos" },	{ ".native", "clearlinux" }, { ".current", "solus" },
	{ ".fc", "fedora" },	    { "-desktop-hwe", "deepin" },
}, banner_words[] = {
	{ "Ubuntu", "ubuntu" },	    { "buildd@lcy", "ubuntu" },	 { "buildd@lgw", "ubuntu" }, { "Debian", "debian" },
	{ "SUSE", "suse" },	    { "archlinux", "arch" },	{ "rockylinux", "rocky" },  { "almalinux", "almalinux" },
	{ "centos", "centos" },	    { "fedoraproject", "fedora" }, { "Red Hat", "rhel" },
}, weak_words[] = {
	{ ".el7", "rhel" },	    { ".el8", "rhel" },		{ ".el9", "rhel" },	    { ".el10", "rhel" },
	{ "+deb", "debian" },	    { ".deb", "debian" },	{ "+bpo", "debian" },	    { "-arch", "arch" },
	{ "-zen", "arch" },	    { "-hardened", "arch" },	{ "-default", "suse" },	    { "-64kb", "suse" },
	{ "-virt", "alpine" },
};

/* Of kernels whose release has no word of its own: the flavor is a word that only Ubuntu has. */
static const char *const ubuntu_flavors[] = { "generic", "lowlatency", "aws", "azure", "gcp", "gke", "oem", "oracle",
					      "kvm", "ibm", "raspi", "realtime", "nvidia", "intel", "xilinx", "gkeop", "riscv" };

/* "-amd64" at the end, or before a page size: others write x86_64, or ".s390x", or nothing. */
static bool names_arch(const char *rest, const char *arch)
{
	const char *p = *arch ? strstr(rest, arch) : NULL;
	size_t n = strlen(arch);

	return p && p > rest && p[-1] == '-' && (!p[n] || !strcmp(p + n, "-16k") || !strcmp(p + n, "-64k"));
}

static const char *debian_or_ubuntu(const struct image_info *info, const char *rest)
{
	struct piece flavor = { info->flavor, strcspn(info->flavor, "-") };

	if (names_arch(rest, info->arch) || piece_is(flavor, "cloud"))
		return "debian";
	if (strstr(rest, "-armmp") || strstr(rest, "-powerpc64le") || strstr(rest, "-686") || strstr(rest, "-marvell") ||
	    strstr(rest, "-4kc-malta") || strstr(rest, "-5kc-malta"))
		return "debian";
	/* 150600.23.25-azure: service pack, then the build. */
	if (!strncmp(info->revision, "15", 2) && strlen(info->revision) > 6)
		return "suse";
	for (size_t i = 0; *rest == '-' && isdigit((unsigned char)rest[1]) && i < ARRAY_SIZE(ubuntu_flavors); i++)
		if (piece_is(flavor, ubuntu_flavors[i]) && strstr(rest, ubuntu_flavors[i]))
			return "ubuntu";
	return "";
}

static const char *distro_of(const struct image_info *info, const char *rest)
{
	const char *banner = info->banner ? info->banner : "";

	for (size_t i = 0; i < ARRAY_SIZE(release_words); i++)
		if (strstr(rest, release_words[i].word))
			return release_words[i].distro;
	for (size_t i = 0; i < ARRAY_SIZE(banner_words); i++)
		if (strstr(banner, banner_words[i].word))
			return banner_words[i].distro;
	for (size_t i = 0; i < ARRAY_SIZE(weak_words); i++)
		if (strstr(rest, weak_words[i].word))
			return weak_words[i].distro;
	return debian_or_ubuntu(info, rest);
}

static const char *take(struct arena *a, struct buf *b)
{
	const char *s = arena_strndup(a, b->n ? b->v : "", b->n);

	b->n = 0;
	return s;
}

int image_parse_release(struct arena *a, const char *release, const char *arch,
			struct image_info *info, struct err *err)
{
	struct buf text = { 0 }, flavor = { 0 };
	const char *rest, *behind, *end = release + strlen(release), *const * row;
	struct piece last, word;
	uint32_t version[3];
	bool named;

	rest = parse_version(release, version);
	if (!rest)
		return err_set(err, ERR_FORMAT, NULL, ERR_NO_OFFSET,
			       "'%s' does not begin with a kernel version", release);
	last = final_arch(rest);
	word = arch ? (struct piece){ arch, strlen(arch) } : last;
	if (!arch && !word.n && strrchr(rest, '-')) {
		/* A name made of release and arch: the arch may be one that nobody told us of. */
		word.s = strrchr(rest, '-') + 1;
		word.n = isalpha((unsigned char)*word.s) && !is_commit(word) ? strlen(word.s) : 0;
	}
	if (!arch && word.n && word.s[-1] == '-')
		end = word.s - 1;
	row = arch_row(word);
	named = arch && row && last.n && arch_row(last) == row;

	memcpy(info->version, version, sizeof(version));
	info->arch = row ? row[0] : arena_strndup(a, word.s, word.n);
	info->release = arena_strndup(a, release, (size_t)(end - release));
	buf_puts(&text, release);
	if (arch && !named && *info->arch) {
		buf_char(&text, '-');
		buf_puts(&text, info->arch);
	}
	info->name = take(a, &text);
	behind = arena_strndup(a, rest, (size_t)(end - rest));
	split_rest(rest, end, row, &text, &flavor);
	settle_flavor(&text, &flavor);
	info->revision = take(a, &text);
	info->flavor = flavor.n ? take(a, &flavor) : "generic";
	info->distro = distro_of(info, behind);
	buf_done(&text);
	buf_done(&flavor);
	return 0;
}

/* ---- order ---- */

static bool is_candidate(const char *s)
{
	return s[0] == 'r' && s[1] == 'c' && isdigit((unsigned char)s[2]);
}

/* Both stand at a digit: compares the numbers and goes behind them. */
static int compare_numbers(const char **a, const char **b)
{
	const char *p, *q;
	size_t n, m;

	while (**a == '0')
		(*a)++;
	while (**b == '0')
		(*b)++;
	p = *a;
	q = *b;
	while (isdigit((unsigned char)**a))
		(*a)++;
	while (isdigit((unsigned char)**b))
		(*b)++;
	n = (size_t)(*a - p);
	m = (size_t)(*b - q);
	return n != m ? (n < m ? -1 : 1) : memcmp(p, q, n);
}

int image_compare_revision(const char *a, const char *b)
{
	int c;

	for (;;) {
		/* A release candidate comes before what it is a candidate for. */
		if (is_candidate(a) != is_candidate(b))
			return is_candidate(a) ? -1 : 1;
		if (!*a || !*b || !isdigit((unsigned char)*a) || !isdigit((unsigned char)*b)) {
			if (*a != *b)
				return (unsigned char)*a < (unsigned char)*b ? -1 : 1;
			if (!*a)
				return 0;
			a++;
			b++;
			continue;
		}
		c = compare_numbers(&a, &b);
		if (c)
			return c;
	}
}

int image_compare(const struct image_info *a, const struct image_info *b)
{
	int c;

	for (int i = 0; i < 3; i++)
		if (a->version[i] != b->version[i])
			return a->version[i] < b->version[i] ? -1 : 1;
	c = strcmp(a->flavor, b->flavor);
	if (!c)
		c = strcmp(a->arch, b->arch);
	if (!c)
		c = image_compare_revision(a->revision, b->revision);
	/* Two builds of one release have different names: a total order, the same in each run. */
	return c ? c : strcmp(a->name, b->name);
}
