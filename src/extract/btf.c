// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * extract_btf: an image's types as raw BTF and nothing else; its own, or made from DWARF. Runs no pass over
 * functions.
 */
#include "extract/types_int.h"

#include "btf/btf_types.h"

struct btf_job {
	struct image *img;
	const struct extract_options *o;
	struct stages unwanted, *stages;
	struct dwarf dwarf;
	struct dwarf_lane *lanes;
	unsigned int nlanes;
	struct types_pass pass;
	struct image_symbols symbols;
	struct findings findings;
	struct arena arena; /* of findings */
};

/* The image's own .BTF. ERR_MISSING when there is none. */
static int own_btf(struct image *img, struct buf *ret, struct err *err)
{
	struct image_bytes b;
	int rc = image_section(img, ".BTF", &b, err);

	if (rc)
		return rc;
	if (!b.size)
		return err_set(err, ERR_MISSING, image_path(img), ERR_NO_OFFSET,
			       "has no .BTF; --types dwarf makes types from DWARF");
	buf_put(ret, b.data, b.size);
	return 0;
}

static void read_units(struct btf_job *j)
{
	struct dwarf_lane **lanes;

	j->nlanes = j->o->nlanes ? j->o->nlanes : lanes_default();
	j->lanes = base_calloc(j->nlanes, sizeof(*j->lanes));
	lanes = base_calloc(j->nlanes, sizeof(*lanes));
	for (unsigned int i = 0; i < j->nlanes; i++) {
		dwarf_lane_init(&j->lanes[i], &j->dwarf);
		lanes[i] = &j->lanes[i];
	}
	types_pass_init(&j->pass, &j->dwarf, lanes, j->nlanes, j->img);
	free(lanes);
	types_pass_run(&j->pass, j->o, j->stages);
}

/* Without symbols there are types but no functions. */
static void read_symbols(struct btf_job *j)
{
	uint64_t start = stage_now_ns();
	struct err err = ERR_INIT;

	if (image_symbols(j->img, &j->symbols, &err))
		finding_add(&j->findings, &j->arena, "symbols-unreadable", 1, &err);
	stage_add(j->stages, "symbols", start, 0, j->symbols.v.n);
}

static int judge_damage(struct btf_job *j, struct err *err)
{
	const struct err *first;
	uint64_t nunits, bytes, nsplit;

	types_pass_damage(&j->pass, &nunits, &bytes, &nsplit, &first);
	if (first)
		finding_add(&j->findings, &j->arena, "unit-damaged", nunits, first);
	if (j->o->force)
		return 0;
	if (nsplit * 2 > j->dwarf.units.n)
		return err_set(err, ERR_MISSING, image_path(j->img), ERR_NO_OFFSET,
			       "has split DWARF: its types are described in .dwo files, which are not read; build "
			       "without CONFIG_DEBUG_INFO_SPLIT");
	if (bytes * 100 > j->dwarf.s.info.size * EXTRACT_DAMAGE_PERCENT)
		return err_set(err, ERR_DAMAGED, first->where, first->offset,
			       "%s; %llu of %zu units are unreadable, too much for whole types (--force keeps the rest)",
			       first->msg, (unsigned long long)nunits, j->dwarf.units.n);
	return 0;
}

static int dwarf_btf(struct btf_job *j, struct buf *ret, struct err *err)
{
	struct types_counts counts;
	uint64_t start;
	int rc = extract_open_dwarf(j->img, j->o, j->stages, &j->findings, &j->arena, &j->dwarf, err);

	if (rc)
		return rc;
	read_symbols(j);
	read_units(j);
	/* Each unit's types are nodes of its lane. */
	rc = judge_damage(j, err);
	if (rc)
		return rc;
	start = stage_now_ns();
	rc = types_pass_encode(&j->pass, &j->symbols, image_swapped(j->img), &counts, ret, err);
	stage_add(j->stages, "merge and write types", start, ret->n, counts.ntypes);
	types_pass_findings(&j->pass, &counts, &j->findings, &j->arena);
	return rc;
}

static void end_job(struct btf_job *j)
{
	for (size_t i = 0; j->o->finding && i < j->findings.v.n; i++)
		j->o->finding(j->o->ctx, &j->findings.v.v[i]);
	VEC_DONE(&j->findings.v);
	arena_done(&j->arena);
	types_pass_done(&j->pass);
	for (unsigned int i = 0; i < j->nlanes; i++)
		dwarf_lane_done(&j->lanes[i]);
	free(j->lanes);
	image_symbols_done(&j->symbols);
	dwarf_close(&j->dwarf);
}

int extract_btf(struct image *img, const struct extract_options *o, struct buf *ret, struct err *err)
{
	struct btf_job j = { .img = img, .o = o };
	struct image_bytes b = { NULL, 0 };
	struct err bad = ERR_INIT;
	int rc;

	if (o->types == TYPES_BTF)
		return own_btf(img, ret, err);
	if (o->types == TYPES_AUTO) {
		rc = image_section(img, ".BTF", &b, err);
		if (rc)
			return rc;
		/* What libbpf cannot read is no use to anyone: it is made anew. */
		if (btf_is_readable(b.data, b.size))
			return own_btf(img, ret, err);
	}
	arena_init(&j.arena);
	err_set(&bad, ERR_FORMAT, image_path(img), ERR_NO_OFFSET, "has a .BTF that libbpf cannot read");
	if (b.size)
		finding_add(&j.findings, &j.arena, "btf-unreadable", 1, &bad);
	j.stages = o->stages ? o->stages : &j.unwanted;
	rc = dwarf_btf(&j, ret, err);
	end_job(&j);
	return rc;
}
