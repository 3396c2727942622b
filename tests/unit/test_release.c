// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Releases of many distributions, split; and the order of images.
 */
#include "surface/surface.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
	const char *release, *arch; /* in */
	const char *name, *want_arch, *flavor, *revision;
	uint32_t v[3];
	const char *kept; /* release, when it is not the input */
} table[] = {
	/* Ubuntu */
	{ "5.4.0-26-generic", "amd64", "5.4.0-26-generic-amd64", "amd64", "generic", "26", { 5, 4, 0 }, 0 },
	{ "5.4.0-26-generic", "x86_64", "5.4.0-26-generic-amd64", "amd64", "generic", "26", { 5, 4, 0 }, 0 },
	{ "5.4.0-1009-aws", "amd64", "5.4.0-1009-aws-amd64", "amd64", "aws", "1009", { 5, 4, 0 }, 0 },
	{ "5.15.0-1061-aws-fips", "amd64", "5.15.0-1061-aws-fips-amd64", "amd64", "aws-fips", "1061", { 5, 15, 0 }, 0 },
	{ "6.8.0-31-generic-64k", "arm64", "6.8.0-31-generic-64k-arm64", "arm64", "generic-64k", "31", { 6, 8, 0 }, 0 },
	{ "6.8.0-060800rc1-generic", "amd64", "6.8.0-060800rc1-generic-amd64", "amd64", "generic", "060800rc1", { 6, 8, 0 }, 0 },
	{ "5.4.0-26-generic-lpae", "armhf", "5.4.0-26-generic-lpae-armhf", "armhf", "generic-lpae", "26", { 5, 4, 0 }, 0 },
	/* names of datasets */
	{ "5.4.0-26-generic-amd64", NULL, "5.4.0-26-generic-amd64", "amd64", "generic", "26", { 5, 4, 0 }, "5.4.0-26-generic" },
	{ "5.4.0-24-generic-riscv64", NULL, "5.4.0-24-generic-riscv64", "riscv64", "generic", "24", { 5, 4, 0 }, "5.4.0-24-generic" },
	{ "5.4.0-26-generic-armhf", NULL, "5.4.0-26-generic-armhf", "armhf", "generic", "26", { 5, 4, 0 }, "5.4.0-26-generic" },
	{ "5.4.0-26-lowlatency-amd64", NULL, "5.4.0-26-lowlatency-amd64", "amd64", "lowlatency", "26", { 5, 4, 0 }, "5.4.0-26-lowlatency" },
	{ "6.1.0-56-cloud-amd64", NULL, "6.1.0-56-cloud-amd64", "amd64", "cloud", "56", { 6, 1, 0 }, "6.1.0-56-cloud" },
	{ "4.18.0-553.el8.x86_64", NULL, "4.18.0-553.el8.x86_64", "amd64", "generic", "553.el8", { 4, 18, 0 }, 0 },
	{ "6.6.30-1-lts-or1k", NULL, "6.6.30-1-lts-or1k", "or1k", "lts", "1", { 6, 6, 30 }, "6.6.30-1-lts" },
	{ "5.4.0-26", NULL, "5.4.0-26", "", "generic", "26", { 5, 4, 0 }, 0 },
	{ "5.4.0", NULL, "5.4.0", "", "generic", "", { 5, 4, 0 }, 0 },
	/* Debian */
	{ "6.1.0-56-cloud-amd64", "amd64", "6.1.0-56-cloud-amd64", "amd64", "cloud", "56", { 6, 1, 0 }, 0 },
	{ "5.10.0-32-cloud-amd64", "amd64", "5.10.0-32-cloud-amd64", "amd64", "cloud", "32", { 5, 10, 0 }, 0 },
	{ "6.1.0-56-amd64", "amd64", "6.1.0-56-amd64", "amd64", "generic", "56", { 6, 1, 0 }, 0 },
	{ "6.1.0-56-rt-amd64", "amd64", "6.1.0-56-rt-amd64", "amd64", "rt", "56", { 6, 1, 0 }, 0 },
	{ "6.1.0-56-686-pae", "i386", "6.1.0-56-686-pae-i386", "i386", "686-pae", "56", { 6, 1, 0 }, 0 },
	{ "6.1.0-0.deb11.5-amd64", "amd64", "6.1.0-0.deb11.5-amd64", "amd64", "generic", "0.deb11.5", { 6, 1, 0 }, 0 },
	{ "6.12.107+deb13-cloud", "arm64", "6.12.107+deb13-cloud-arm64", "arm64", "cloud", "deb13", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-cloud-arm64", "arm64", "6.12.107+deb13-cloud-arm64", "arm64", "cloud", "deb13", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-amd64", "amd64", "6.12.107+deb13-amd64", "amd64", "generic", "deb13", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-s390x", "s390x", "6.12.107+deb13-s390x", "s390x", "generic", "deb13", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-riscv64", "riscv64", "6.12.107+deb13-riscv64", "riscv64", "generic", "deb13", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-armmp", "armhf", "6.12.107+deb13-armmp-armhf", "armhf", "armmp", "deb13", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-armmp-lpae", "armhf", "6.12.107+deb13-armmp-lpae-armhf", "armhf", "armmp-lpae", "deb13", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-powerpc64le", "ppc64el", "6.12.107+deb13-powerpc64le-ppc64el", "ppc64el", "powerpc64le", "deb13", { 6, 12, 107 }, 0 },
	{ "6.12.107+deb13-arm64-16k", "arm64", "6.12.107+deb13-arm64-16k-arm64", "arm64", "16k", "deb13", { 6, 12, 107 }, 0 },
	{ "7.2.13+deb14-cloud-amd64", "amd64", "7.2.13+deb14-cloud-amd64", "amd64", "cloud", "deb14", { 7, 2, 13 }, 0 },
	{ "6.10-rc6-amd64", "amd64", "6.10-rc6-amd64", "amd64", "generic", "rc6", { 6, 10, 0 }, 0 },
	{ "6.12.107+deb13-loong64", "loong64", "6.12.107+deb13-loong64", "loongarch64", "generic", "deb13", { 6, 12, 107 }, 0 },
	/* Fedora, RHEL and kin */
	{ "4.18.0-553.el8.x86_64", "amd64", "4.18.0-553.el8.x86_64", "amd64", "generic", "553.el8", { 4, 18, 0 }, 0 },
	{ "5.14.0-427.13.1.el9_4.x86_64", "amd64", "5.14.0-427.13.1.el9_4.x86_64", "amd64", "generic", "427.13.1.el9_4", { 5, 14, 0 }, 0 },
	{ "5.14.0-427.13.1.el9_4.x86_64+rt", "amd64", "5.14.0-427.13.1.el9_4.x86_64+rt", "amd64", "rt", "427.13.1.el9_4", { 5, 14, 0 }, 0 },
	{ "5.14.0-427.el9.aarch64+64k-debug", "arm64", "5.14.0-427.el9.aarch64+64k-debug-arm64", "arm64", "64k-debug", "427.el9", { 5, 14, 0 }, 0 },
	{ "6.8.5-301.fc40.x86_64", "amd64", "6.8.5-301.fc40.x86_64", "amd64", "generic", "301.fc40", { 6, 8, 5 }, 0 },
	{ "6.8.5-301.fc40.aarch64", "arm64", "6.8.5-301.fc40.aarch64", "arm64", "generic", "301.fc40", { 6, 8, 5 }, 0 },
	{ "6.1.90-99.173.amzn2023.x86_64", "amd64", "6.1.90-99.173.amzn2023.x86_64", "amd64", "generic", "99.173.amzn2023", { 6, 1, 90 }, 0 },
	/* others */
	{ "6.4.0-150600.21-default", "amd64", "6.4.0-150600.21-default-amd64", "amd64", "default", "150600.21", { 6, 4, 0 }, 0 },
	{ "6.9.1-arch1-1", "amd64", "6.9.1-arch1-1-amd64", "amd64", "generic", "arch1-1", { 6, 9, 1 }, 0 },
	{ "6.9.1-zen1-1-zen", "amd64", "6.9.1-zen1-1-zen-amd64", "amd64", "zen", "zen1-1", { 6, 9, 1 }, 0 },
	{ "6.6.30-1-lts", "amd64", "6.6.30-1-lts-amd64", "amd64", "lts", "1", { 6, 6, 30 }, 0 },
	{ "6.6.30-android15-8-gabcdef-ab123", "arm64", "6.6.30-android15-8-gabcdef-ab123-arm64", "arm64", "android", "android15-8-gabcdef-ab123", { 6, 6, 30 }, 0 },
	{ "5.15.153.1-microsoft-standard-WSL2", "amd64", "5.15.153.1-microsoft-standard-WSL2-amd64", "amd64", "microsoft-standard-WSL2", "1", { 5, 15, 153 }, 0 },
	{ "6.8.4-2-pve", "amd64", "6.8.4-2-pve-amd64", "amd64", "pve", "2", { 6, 8, 4 }, 0 },
	{ "6.6.31+rpt-rpi-v8", "arm64", "6.6.31+rpt-rpi-v8-arm64", "arm64", "rpi-v8", "rpt", { 6, 6, 31 }, 0 },
	{ "6.6.31-0-virt", "amd64", "6.6.31-0-virt-amd64", "amd64", "virt", "0", { 6, 6, 31 }, 0 },
	/* mainline */
	{ "6.10.0", "amd64", "6.10.0-amd64", "amd64", "generic", "", { 6, 10, 0 }, 0 },
	{ "6.10.0+", "amd64", "6.10.0+-amd64", "amd64", "generic", "", { 6, 10, 0 }, 0 },
	{ "6.10.0-rc3", "arm64", "6.10.0-rc3-arm64", "arm64", "generic", "rc3", { 6, 10, 0 }, 0 },
	{ "6.10.0-rc3-00123-gdeadbeef", "amd64", "6.10.0-rc3-00123-gdeadbeef-amd64", "amd64", "generic", "rc3-00123-gdeadbeef", { 6, 10, 0 }, 0 },
	{ "6.10.0-00123-gdeadbeef-dirty", "amd64", "6.10.0-00123-gdeadbeef-dirty-amd64", "amd64", "generic", "00123-gdeadbeef-dirty", { 6, 10, 0 }, 0 },
	{ "6.10.0-mytest", "amd64", "6.10.0-mytest-amd64", "amd64", "mytest", "", { 6, 10, 0 }, 0 },
	{ "5.4", "amd64", "5.4-amd64", "amd64", "generic", "", { 5, 4, 0 }, 0 },
	{ "6.10.0", "", "6.10.0", "", "generic", "", { 6, 10, 0 }, 0 },
};
/* clang-format on */

static void test_split(void **state)
{
	struct err err = ERR_INIT;
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		struct image_info info = { 0 };

		assert_int_equal(
			image_parse_release(&a, table[i].release, table[i].arch, &info, &err), 0);
		assert_string_equal(info.name, table[i].name);
		assert_string_equal(info.arch, table[i].want_arch);
		assert_string_equal(info.flavor, table[i].flavor);
		assert_string_equal(info.revision, table[i].revision);
		assert_string_equal(info.release, table[i].kept ? table[i].kept : table[i].release);
		assert_memory_equal(info.version, table[i].v, sizeof(info.version));
	}
	arena_done(&a);
}

static void test_no_version(void **state)
{
	static const char *const bad[] = { "",	  "linux",	  "6",	  "v6.1", "6.x", "-6.1",
					   "6-1", "4294967296.1", "amd64" };
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct image_info info = { .name = "untouched" };
		struct err err = ERR_INIT;

		assert_int_equal(image_parse_release(&a, bad[i], NULL, &info, &err), ERR_FORMAT);
		assert_int_equal(err.code, ERR_FORMAT);
		assert_string_equal(info.name, "untouched");
	}
	arena_done(&a);
}

/* Any bytes: no crash, and nothing invented. */
static void test_noise(void **state)
{
	static const char set[] = "0159.-+_~ragx86_64armdbcel ";
	uint64_t seed = 1;
	struct arena a;

	(void)state;
	arena_init(&a);
	for (int i = 0; i < 200000; i++) {
		struct image_info info = { 0 };
		struct err err = ERR_INIT;
		char text[24];
		size_t n = 0;

		for (; n < sizeof(text) - 1; n++) {
			seed = seed * 6364136223846793005ull + 1442695040888963407ull;
			if ((seed >> 60) == 0)
				break;
			text[n] = n == 1 ? '.' : set[(seed >> 33) % (sizeof(set) - 1)];
		}
		text[n] = '\0';
		if (!image_parse_release(&a, text, i & 1 ? "amd64" : NULL, &info, &err)) {
			assert_non_null(info.revision);
			assert_true(*info.flavor);
			assert_true(strlen(info.revision) <= n && strlen(info.name) <= n + 6);
		}
		if (i % 1000 == 0) {
			arena_done(&a);
			arena_init(&a);
		}
	}
	arena_done(&a);
}

static void test_revision_order(void **state)
{
	static const char *const order[] = { "rc3",	  "rc10",    "",	  "9",
					     "26",	  "31",	     "31.1",	  "107+deb13",
					     "117+deb13", "1009",    "060900rc1", "060900",
					     "060901",	  "arch1-1", "deb12",	  "deb13" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		for (size_t j = 0; j < ARRAY_SIZE(order); j++) {
			int c = image_compare_revision(order[i], order[j]);

			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
		}
	assert_int_equal(image_compare_revision("007", "7"), 0);
}

static void test_image_order(void **state)
{
	static const char *const order[] = {
		"4.4.0-21-generic-amd64",
		"4.10.0-19-generic-amd64",
		"5.4.0-1009-aws-amd64",
		"5.4.0-1010-azure-amd64",
		"5.4.0-1009-gcp-amd64",
		"5.4.0-9-generic-amd64",
		"5.4.0-26-generic-amd64",
		"5.4.0-26-generic-arm64",
		"5.4.0-24-generic-riscv64",
		"5.4.0-26-lowlatency-amd64",
		"5.4.1-26-generic-amd64",
		"6.10.0-rc3-amd64",
		"6.10.0-amd64",
	};
	struct image_info info[ARRAY_SIZE(order)] = { 0 };
	struct err err = ERR_INIT;
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		assert_int_equal(image_parse_release(&a, order[i], NULL, &info[i], &err), 0);
	for (size_t i = 0; i < ARRAY_SIZE(order); i++)
		for (size_t j = 0; j < ARRAY_SIZE(order); j++) {
			int c = image_compare(&info[i], &info[j]);

			assert_int_equal((c > 0) - (c < 0), (i > j) - (i < j));
		}
	arena_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split),	    cmocka_unit_test(test_no_version),
		cmocka_unit_test(test_noise),	    cmocka_unit_test(test_revision_order),
		cmocka_unit_test(test_image_order),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
