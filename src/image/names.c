// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What a file's name and place tell: kernel, module, config or package, and of which release. Names only say where to
 * look; what a file is, its bytes say. Sources: the file lists of kernel packages of Debian, Ubuntu, Fedora, SUSE and
 * Arch, and of `make modules_install`.
 */
#include "image/parts_int.h"

const char *image_name_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool image_name_ends(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n > m && !strcmp(name + n - m, end);
}

/* The length of a name without one of these endings. */
static size_t without(const char *name, size_t n, const char *const *ends)
{
	for (; *ends; ends++) {
		size_t m = strlen(*ends);

		if (n > m && !memcmp(name + n - m, *ends, m))
			return n - m;
	}
	return n;
}

static const char *const packed[] = { ".xz", ".zst", ".gz", ".bz2", ".lz4", ".lzo", ".lzma", NULL };

/* The length of a module's name without its ending; 0 when it is none. */
static size_t module_stem(const char *base)
{
	static const char *const debug[] = { ".debug", NULL }, *const ko[] = { ".ko", NULL };
	size_t n = without(base, strlen(base), packed), m = without(base, n, debug), stem = without(base, m, ko);

	return stem == m ? 0 : stem;
}

/* What follows the word that a kernel's file begins with: "" or "-REL"; NULL when it does not begin so. */
static const char *behind_word(const char *base)
{
	static const char *const words[] = { "vmlinux", "vmlinuz", "bzImage", "zImage", "uImage", "Image", "image", "kernel" };

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if (!strncmp(base, words[i], n) && (!base[n] || base[n] == '-' || base[n] == '.' || base[n] == '_'))
			return base + n;
	}
	return NULL;
}

static bool is_kernel(const char *path, const char *base)
{
	/* Files of builds and packages that stand beside a kernel. */
	static const char *const not[] = {
		".o", ".a", ".h", ".c", ".S", ".lds", ".map", ".py", ".cmd", ".hmac", ".symvers", ".symtab", ".sig", ".txt",
		".asc", ".sha256", ".bin", ".list", ".order", ".builtin", ".rs", ".json", ".so", NULL
	};
	const char *rest = behind_word(base);
	size_t n = strlen(base);

	if (image_name_ends(base, ".btf") || image_name_ends(base, ".vmlinux") || image_name_ends(base, ".vmlinuz"))
		return true;
	if (!rest || without(base, n, not) != n || strstr(path, "boot/compressed/"))
		return false;
	/* "kernel" and "image" are words of many names. */
	if (*base == 'k' || *base == 'i')
		return *rest == '-' && rest[1] >= '0' && rest[1] <= '9';
	return true;
}

static bool is_package(const char *base)
{
	static const char *const ends[] = { ".deb", ".ddeb", ".rpm", ".tar", ".tgz", ".txz", ".tzst", ".cpio" };

	for (size_t i = 0; i < ARRAY_SIZE(ends); i++)
		if (image_name_ends(base, ends[i]))
			return true;
	for (size_t i = 0; packed[i]; i++) {
		size_t n = strlen(base), m = without(base, n, (const char *const[]){ packed[i], NULL });

		if (m != n && m > 4 && !memcmp(base + m - 4, ".tar", 4))
			return true;
	}
	return false;
}

enum image_name image_name_kind(const char *path)
{
	const char *base = image_name_base(path);

	if (is_package(base))
		return NAME_PACKAGE;
	if (module_stem(base))
		return NAME_MODULE;
	if (!strncmp(base, "config-", 7) && base[7] >= '0' && base[7] <= '9')
		return NAME_CONFIG;
	if (!strcmp(base, "config") && strstr(path, "modules/"))
		return NAME_CONFIG;
	if (!strcmp(base, ".config"))
		return NAME_CONFIG;
	return is_kernel(path, base) ? NAME_KERNEL : NAME_OTHER;
}

/* The component behind the last "modules/" that begins with a digit. */
static size_t release_of_folder(const char *path, const char **ret)
{
	size_t n = 0;

	for (const char *p = path; (p = strstr(p, "modules/")); p += 8) {
		if ((p != path && p[-1] != '/') || p[8] < '0' || p[8] > '9' || !strchr(p + 8, '/'))
			continue;
		*ret = p + 8;
		n = strcspn(p + 8, "/");
	}
	return n;
}

size_t image_name_release(const char *path, const char **ret)
{
	static const char *const ends[] = { ".debug", ".btf", ".efi.signed", ".efi", ".signed", ".img", NULL };
	const char *base = image_name_base(path), *p = base;
	size_t n = release_of_folder(path, ret);

	if (n)
		return n;
	if (module_stem(base))
		return 0;
	if (!image_name_ends(base, ".btf") || *p < '0' || *p > '9') {
		p = strncmp(base, "config-", 7) ? behind_word(base) : base + 6;
		if (!p || *p++ != '-' || *p < '0' || *p > '9')
			return 0;
	}
	*ret = p;
	n = strlen(p);
	return without(p, without(p, n, packed), ends);
}

bool image_name_asked(const char *path, const char *list)
{
	static const char *const types[] = { ".btf", NULL };
	const char *base = image_name_base(path);
	size_t n = module_stem(base);

	if (!n)
		n = without(base, strlen(base), types);

	if (!list)
		return false;
	if (!strcmp(list, "all"))
		return true;
	for (;; list++) {
		size_t len = strcspn(list, ","), i = 0;

		while (len == n && i < n && (list[i] == base[i] || (strchr("-_", list[i]) && strchr("-_", base[i]))))
			i++;
		if (n && len == n && i == n)
			return true;
		list += len;
		if (!*list)
			return false;
	}
}
