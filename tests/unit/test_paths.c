// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* extract: source paths relative to the kernel's tree, for the build layouts that are met. */
#include "extract/extract_int.h"

#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>

struct layout {
	const char *comp_dir, *unit; /* what a unit states */
	const char *dir, *file;	     /* of its line table */
	const char *want;
};

static const struct layout layouts[] = {
	/* in-tree build */
	{ "/build/linux-6.8.0", "fs/read_write.c", "", "fs/read_write.c", "fs/read_write.c" },
	{ "/build/linux-6.8.0", "fs/read_write.c", "./include/linux", "fs.h", "include/linux/fs.h" },
	{ "/build/linux-6.8.0", "fs/read_write.c", "/build/linux-6.8.0/include/linux", "fs.h",
	  "include/linux/fs.h" },
	/* Ubuntu: build tree inside the source tree, absolute names */
	{ "/build/linux-abc/linux-6.8.0/debian/build/build-generic", "/build/linux-abc/linux-6.8.0/mm/slub.c",
	  "/build/linux-abc/linux-6.8.0/include/linux", "slab.h", "include/linux/slab.h" },
	{ "/build/linux-abc/linux-6.8.0/debian/build/build-generic", "/build/linux-abc/linux-6.8.0/mm/slub.c",
	  "./arch/x86/include/generated/asm", "x.h", "arch/x86/include/generated/asm/x.h" },
	{ "/build/linux-abc/linux-6.8.0/debian/build/build-generic", "/build/linux-abc/linux-6.8.0/mm/slub.c",
	  "../../../include/linux", "slab.h", "include/linux/slab.h" },
	/* Debian: mapped, so relative, comp_dir */
	{ "debian/build/build_amd64_none_cloud-amd64", "arch/x86/kernel/head64.c", "arch/x86/include/asm", "io.h",
	  "arch/x86/include/asm/io.h" },
	{ "debian/build/build_amd64_none_cloud-amd64", "arch/x86/kernel/head64.c",
	  "debian/build/build_amd64_none_cloud-amd64/include/generated", "a.h", "include/generated/a.h" },
	{ "/build/reproducible-path/linux-6.1.192/debian/build/build_amd64_none_cloud-amd64",
	  "/build/reproducible-path/linux-6.1.192/arch/x86/kernel/head_64.S", "",
	  "/build/reproducible-path/linux-6.1.192/arch/x86/kernel/head_64.S", "arch/x86/kernel/head_64.S" },
	/* make O=/out */
	{ "/home/me/out", "/home/me/linux/fs/open.c", "/home/me/linux/fs", "open.c", "fs/open.c" },
	{ ".", "fs/open.c", "", "fs/open.c", "fs/open.c" },
	/* spelling is kept inside the tree, other places stay absolute */
	{ "/b", "fs/open.c", "include/trace/../../fs/x", "t.h", "include/trace/../../fs/x/t.h" },
	{ "/b", "fs/open.c", "/usr/lib/gcc/include", "stdarg.h", "/usr/lib/gcc/include/stdarg.h" },
	{ "/b", "fs/open.c", "", ".//fs/././open.c", "fs/open.c" },
	/* one root's name is the beginning of another's */
	{ "/b/linux", "fs/open.c", "/b/linux-headers/include", "x.h", "/b/linux-headers/include/x.h" },
};

static void layouts_are_normalised(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(layouts); i++) {
		const struct layout *l = &layouts[i];
		struct buf joined = { 0 }, out = { 0 };
		struct path_roots roots;

		path_roots_init(&roots);
		path_roots_learn(&roots, l->comp_dir, l->unit);
		path_roots_settle(&roots);
		path_join(&joined, l->comp_dir, l->dir, l->file);
		path_normalise(&roots, buf_z(&joined), &out);
		assert_string_equal(buf_z(&out), l->want);
		buf_done(&joined);
		buf_done(&out);
		path_roots_done(&roots);
	}
}

static void longest_root_wins(void **state)
{
	struct path_roots roots;
	struct buf out = { 0 };

	(void)state;
	path_roots_init(&roots);
	path_roots_learn(&roots, "/src", "a.c");
	path_roots_learn(&roots, "/src/debian/build", "/src/fs/b.c");
	path_roots_learn(&roots, "/", "x.c");
	path_roots_settle(&roots);
	path_normalise(&roots, "/src/debian/build/include/generated/u.h", &out);
	assert_string_equal(buf_z(&out), "include/generated/u.h");
	path_normalise(&roots, "/elsewhere/x.c", &out);
	assert_string_equal(buf_z(&out), "/elsewhere/x.c");
	path_normalise(&roots, "", &out);
	assert_string_equal(buf_z(&out), "");
	buf_done(&out);
	path_roots_done(&roots);
}

/* A folder above the tree that is called as one of the kernel's own, and make O= elsewhere. */
static void units_vote_on_the_source_tree(void **state)
{
	static const char *const units[] = { "fs/open.c", "kernel/fork.c", "drivers/net/tun.c", "mm/slub.c" };
	struct path_roots roots;
	struct buf out = { 0 };
	char name[64];

	(void)state;
	path_roots_init(&roots);
	for (size_t i = 0; i < ARRAY_SIZE(units); i++) {
		snprintf(name, sizeof(name), "/home/me/kernel/linux/%s", units[i]);
		path_roots_learn(&roots, "/home/me/out", name);
	}
	path_roots_settle(&roots);
	path_normalise(&roots, "/home/me/kernel/linux/drivers/net/tun.c", &out);
	assert_string_equal(buf_z(&out), "drivers/net/tun.c");
	path_normalise(&roots, "/home/me/out/include/generated/u.h", &out);
	assert_string_equal(buf_z(&out), "include/generated/u.h");
	buf_done(&out);
	path_roots_done(&roots);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layouts_are_normalised),
		cmocka_unit_test(longest_root_wins),
		cmocka_unit_test(units_vote_on_the_source_tree),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
