// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* base: cursors at their bounds, numbers as LEB128, interning, maps, JSON text, lanes, errors. */
#include "base/base.h"

#include <setjmp.h>
#include <stdatomic.h>
#include <cmocka.h>
#include <stdio.h>

static void cursor_stops_at_the_end(void **state)
{
	const uint8_t b[] = { 1, 2, 3 };
	struct cur c = cur_init(b, sizeof(b), false);

	(void)state;
	assert_int_equal(cur_u16(&c), __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 0x0201 : 0x0102);
	assert_int_equal(cur_u32(&c), 0);
	assert_true(c.bad);
	assert_int_equal(cur_left(&c), 0);
	assert_int_equal(cur_u8(&c), 0);
}

static void cursor_swaps(void **state)
{
	const uint8_t b[] = { 0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0 };
	bool big = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;
	struct cur c = cur_init(b, sizeof(b), big);

	(void)state;
	assert_true(cur_u64(&c) == 0x123456789abcdef0ull);
	c = cur_init(b, sizeof(b), big);
	assert_int_equal(cur_uint(&c, 3), 0x123456);
	c = cur_init(b, sizeof(b), !big);
	assert_int_equal(cur_uint(&c, 3), 0x563412);
	assert_int_equal(cur_uint(&c, 5), 0);
	assert_true(c.bad);
}

static void leb_round_trips(void **state)
{
	static const uint64_t values[] = { 0, 1, 127, 128, 300, 16383, 16384, UINT32_MAX, UINT64_MAX };
	struct buf b = { 0 };
	struct cur c;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		buf_uleb(&b, values[i]);
	c = cur_init(b.v, b.n, false);
	for (size_t i = 0; i < ARRAY_SIZE(values); i++)
		assert_true(cur_uleb(&c) == values[i]);
	assert_int_equal(cur_left(&c), 0);
	assert_false(c.bad);
	buf_done(&b);
}

static void leb_without_end_is_bad(void **state)
{
	const uint8_t b[] = { 0x80, 0x80, 0xff };
	struct cur c = cur_init(b, sizeof(b), false);

	(void)state;
	cur_uleb(&c);
	assert_true(c.bad);
	c = cur_init(b, sizeof(b), false);
	cur_sleb(&c);
	assert_true(c.bad);
}

static void sleb_is_signed(void **state)
{
	const uint8_t b[] = { 0x7f, 0x80, 0x7f, 0x3f };
	struct cur c = cur_init(b, sizeof(b), false);

	(void)state;
	assert_int_equal(cur_sleb(&c), -1);
	assert_int_equal(cur_sleb(&c), -128);
	assert_int_equal(cur_sleb(&c), 63);
}

static void strings_have_one_id(void **state)
{
	struct strtab t;
	char name[16];

	(void)state;
	strtab_init(&t);
	assert_int_equal(strtab_intern_z(&t, ""), 0);
	for (int round = 0; round < 2; round++)
		for (uint32_t i = 1; i <= 5000; i++) {
			int n = snprintf(name, sizeof(name), "n%u", i);

			assert_int_equal(strtab_intern(&t, name, (size_t)n), i);
		}
	assert_string_equal(strtab_text(&t, 77), "n77");
	assert_int_equal(strtab_len(&t, 77), 3);
	assert_int_equal(strtab_find(&t, "n4999", 5), 4999);
	assert_int_equal(strtab_find(&t, "absent", 6), 0);
	strtab_done(&t);
}

static void maps_hold_what_was_put(void **state)
{
	struct map m;

	(void)state;
	map_init(&m);
	for (uint64_t k = 0; k < 3000; k++)
		*map_at(&m, k * 0x100000001ull) = (uint32_t)k;
	for (uint64_t k = 0; k < 3000; k++)
		assert_int_equal(map_get(&m, k * 0x100000001ull), k);
	assert_int_equal(map_get(&m, 5), MAP_NONE);
	map_clear(&m);
	assert_int_equal(map_get(&m, 0), MAP_NONE);
	*map_at(&m, 1) = 2;
	map_clear(&m);
	assert_int_equal(map_get(&m, 1), MAP_NONE);
	map_done(&m);
}

static void json_is_escaped_as_python_does(void **state)
{
	const char text[] = "a\"b\\\n\x01\x7f\xc3\xa9\xf0\x9f\x98\x80\xff";
	struct buf b = { 0 };

	(void)state;
	buf_json(&b, text, sizeof(text) - 1);
	assert_string_equal(buf_z(&b), "\"a\\\"b\\\\\\n\\u0001\\u007f\\u00e9\\ud83d\\ude00\\ufffd\"");
	buf_done(&b);
}

static void numbers_print(void **state)
{
	struct buf b = { 0 };

	(void)state;
	buf_dec(&b, UINT64_MAX);
	buf_char(&b, ' ');
	buf_hex(&b, 0xffffffff81000000ull);
	buf_printf(&b, " %d", -5);
	assert_string_equal(buf_z(&b), "18446744073709551615 ffffffff81000000 -5");
	buf_done(&b);
}

static void first_error_wins(void **state)
{
	struct err err = ERR_INIT;
	char text[900];

	(void)state;
	assert_int_equal(err_set(&err, ERR_FORMAT, "f:.debug_info", 0x1f3a, "bad %d", 1), ERR_FORMAT);
	err_set(&err, ERR_IO, "g", 0, "other");
	assert_string_equal(err_text(&err, text, sizeof(text)), "f:.debug_info+0x1f3a: bad 1");
	err_clear(&err);
	err_set(&err, ERR_IO, "g", ERR_NO_OFFSET, "x");
	assert_string_equal(err_text(&err, text, sizeof(text)), "g: x");
}

static void arenas_align_and_grow(void **state)
{
	struct arena a;

	(void)state;
	arena_init(&a);
	for (size_t n = 1; n < 2000000; n = n * 3 + 1) {
		char *p = arena_alloc(&a, n);

		assert_int_equal((uintptr_t)p % 8, 0);
		memset(p, 0xaa, n);
	}
	assert_string_equal(arena_strndup(&a, "abcdef", 3), "abc");
	arena_done(&a);
}

static void count_job(void *ctx, unsigned int lane, size_t job)
{
	atomic_int *seen = ctx;

	(void)lane;
	atomic_fetch_add(&seen[job], 1);
}

static void lanes_do_each_job_once(void **state)
{
	static atomic_int seen[1000];

	(void)state;
	for (unsigned int lanes = 1; lanes <= 4; lanes++)
		lanes_run(lanes, ARRAY_SIZE(seen), count_job, seen);
	for (size_t i = 0; i < ARRAY_SIZE(seen); i++)
		assert_int_equal(seen[i], 4);
	lanes_run(4, 0, count_job, seen);
	assert_true(lanes_default() >= 1);
}

/* By key, equal keys as they came; keys that differ in any bit. */
static void test_sort(void **state)
{
	struct sort_key v[1000];
	uint64_t x = 1;

	(void)state;
	for (unsigned int shift = 0; shift < 64; shift += 7)
		for (uint32_t n = 0; n <= 1000; n += 250) {
			for (uint32_t i = 0; i < n; i++) {
				x = x * 6364136223846793005ull + 1442695040888963407ull;
				v[i] = (struct sort_key){ 0xffffffff81000000ull ^ (x >> 60) << shift, i };
			}
			sort_keys(v, n);
			for (uint32_t i = 1; i < n; i++)
				assert_true(v[i - 1].key < v[i].key ||
					    (v[i - 1].key == v[i].key && v[i - 1].value < v[i].value));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sort), cmocka_unit_test(cursor_stops_at_the_end),
		cmocka_unit_test(cursor_swaps),
		cmocka_unit_test(leb_round_trips),
		cmocka_unit_test(leb_without_end_is_bad),
		cmocka_unit_test(sleb_is_signed),
		cmocka_unit_test(strings_have_one_id),
		cmocka_unit_test(maps_hold_what_was_put),
		cmocka_unit_test(json_is_escaped_as_python_does),
		cmocka_unit_test(numbers_print),
		cmocka_unit_test(first_error_wins),
		cmocka_unit_test(arenas_align_and_grow),
		cmocka_unit_test(lanes_do_each_job_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
