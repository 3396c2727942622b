// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Finds the kernel in a boot image. A header that tells where the payload lies is followed; where none does, every
 * magic of a compression is tried until a kernel comes out. Never executes, never believes a size. Formats: the
 * kernel's Documentation/arch/{x86/boot,arm64/booting,riscv/boot-image-header}.rst, arch/arm/boot/compressed/head.S,
 * drivers/firmware/efi/libstub/zboot-header.S, arch/s390/boot/head.S; PE/COFF; AOSP bootimg.h; U-Boot image.h.
 */
#define _GNU_SOURCE /* memmem */
#include "image/boot_int.h"

#include <stdio.h>

#ifndef EM_LOONGARCH
#define EM_LOONGARCH 258
#endif

#define TRIALS_MAX 4096 /* magics that are tried in one file; a kernel of 60 MB has some 30 by chance */

/* Where the payload lies, as far as a header tells. */
struct wrapping {
	uint64_t start, size;
	bool search; /* somewhere in there, behind a magic */
	bool plain;  /* not compressed */
	uint64_t says; /* bytes that must come out; 0: not told */
};

static bool has(const struct image *img, uint64_t at, const char *text, size_t n)
{
	return img->size >= n && at <= img->size - n && !memcmp(img->data + at, text, n);
}

static uint32_t le32(const struct image *img, uint64_t at)
{
	struct cur c = cur_init(img->data, img->size, __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__);

	cur_skip(&c, at);
	return cur_u32(&c);
}

static uint32_t be32(const struct image *img, uint64_t at)
{
	return __builtin_bswap32(le32(img, at));
}

/* ---- architectures: bare memory has them from its wrapping alone ---- */

static const struct machine {
	uint16_t elf, pe;
	const char *arch;
	uint8_t pointer_size;
	bool big_endian;
} machines[] = {
	{ EM_AARCH64, 0xaa64, "arm64", 8, false },	  { EM_ARM, 0x01c2, "armhf", 4, false },
	{ EM_RISCV, 0x5064, "riscv64", 8, false },	  { EM_RISCV, 0x5032, "riscv32", 4, false },
	{ EM_LOONGARCH, 0x6264, "loongarch64", 8, false }, { EM_X86_64, 0x8664, "amd64", 8, false },
	{ EM_386, 0x014c, "i386", 4, false },		  { EM_S390, 0, "s390x", 8, true },
};

static void set_machine(struct image *img, const struct machine *m)
{
	img->arch = m->arch;
	img->pointer_size = m->pointer_size;
	img->big_endian = m->big_endian;
	img->ehdr.e_machine = m->elf;
}

static void set_arch(struct image *img, const char *arch)
{
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (!strcmp(machines[i].arch, arch))
			set_machine(img, &machines[i]);
}

/* ---- wrappings ---- */

/* The protocol's header is 0x202; the payload follows the real-mode code, and ends with its unpacked size. */
static bool x86_bzimage(struct image *img, struct wrapping *w)
{
	uint32_t sectors, protocol;

	if (!has(img, 0x202, "HdrS", 4) || !has(img, 0x1fe, "\x55\xaa", 2))
		return false;
	sectors = img->data[0x1f1] ? img->data[0x1f1] : 4;
	protocol = le32(img, 0x206) & 0xffff;
	if (protocol < 0x208) { /* before 2.6.26 nothing tells */
		*w = (struct wrapping){ .size = img->size, .search = true };
		return true;
	}
	w->start = (sectors + 1) * 512ull + le32(img, 0x248);
	w->size = le32(img, 0x24c);
	/* gzip's own trailer is that size; behind others the build adds it. */
	if (w->size >= 4 && w->start <= img->size && w->size <= img->size - w->start)
		w->says = le32(img, w->start + w->size - 4);
	return true;
}

static bool pe_machine(struct image *img)
{
	uint32_t pe = le32(img, 0x3c), machine;

	if (!has(img, 0, "MZ", 2) || !has(img, pe, "PE\0", 4))
		return false;
	machine = le32(img, pe + 4ull) & 0xffff;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++)
		if (machines[i].pe == machine) {
			set_machine(img, &machines[i]);
			return true;
		}
	return false;
}

/* A compressed kernel in an EFI program that decompresses it (arm64, riscv, loongarch since 6.1). */
static bool efi_zboot(struct image *img, struct wrapping *w)
{
	if (!has(img, 0, "MZ", 2) || !has(img, 4, "zimg", 4) || !pe_machine(img))
		return false;
	w->start = le32(img, 8);
	w->size = le32(img, 12);
	return true;
}

/*
 * arm: since 4.15 the header points to a table: its words, a tag, the place of the unpacked size (the payload's last
 * word), the size of .bss, and since 5.9 where the kernel lies behind the 256 MiB (or more) that it is given.
 */
static bool arm_zimage(struct image *img, struct wrapping *w)
{
	uint64_t table = le32(img, 0x38), end;

	if (le32(img, 0x24) != 0x016f2818)
		return false;
	*w = (struct wrapping){ .size = img->size, .search = true };
	set_arch(img, "armhf");
	img->load_align = 0x10000000;
	img->load_offset = 0x8000;
	if (le32(img, 0x34) != 0x45454545 || le32(img, table + 4) != 0x5a534c4b)
		return true;
	end = le32(img, table + 8) + 4ull;
	if (end <= img->size)
		w->size = end;
	if (le32(img, table) >= 5)
		img->load_offset = le32(img, table + 16);
	return true;
}

static bool s390_image(struct image *img, struct wrapping *w)
{
	if (!has(img, 0x10008, "S390EP", 6))
		return false;
	*w = (struct wrapping){ .size = img->size, .search = true };
	set_arch(img, "s390x");
	img->load_align = 0x10000000;
	img->load_offset = 0x100000; /* TEXT_OFFSET */
	return true;
}

/* A unified kernel image: the kernel is a section of a PE file. */
static bool uki(struct image *img, struct wrapping *w)
{
	uint32_t pe = le32(img, 0x3c), n = le32(img, pe + 6ull) & 0xffff;
	uint64_t at = pe + 24ull + (le32(img, pe + 20ull) & 0xffff);

	if (!pe_machine(img))
		return false;
	for (; n; n--, at += 40) {
		uint32_t size = le32(img, at + 8), raw = le32(img, at + 16);

		if (!has(img, at, ".linux\0", 8))
			continue;
		*w = (struct wrapping){ le32(img, at + 20), size && size < raw ? size : raw, .plain = true };
		return true;
	}
	return false;
}

/* Android: the kernel is behind one page of header. */
static bool android(struct image *img, struct wrapping *w)
{
	if (!has(img, 0, "ANDROID!", 8))
		return false;
	*w = (struct wrapping){ le32(img, 40) < 3 ? le32(img, 36) : 4096, le32(img, 8), .plain = true };
	return true;
}

static bool uboot(struct image *img, struct wrapping *w)
{
	if (be32(img, 0) != 0x27051956)
		return false;
	*w = (struct wrapping){ 64, be32(img, 12), .plain = true };
	return true;
}

/* A file that is compressed as a whole: Image.gz, vmlinux.zst, a module. */
static bool compressed(struct image *img, struct wrapping *w)
{
	if (!boot_codec_of(img->data, img->size))
		return false;
	*w = (struct wrapping){ .size = img->size };
	return true;
}

static bool (*const wrappings[])(struct image *img, struct wrapping *w) = {
	compressed, x86_bzimage, efi_zboot, uki, arm_zimage, s390_image, android, uboot,
};

/* ---- bare memory ---- */

/* Text that every kernel has, and a version behind it: a decompressor has the text alone. */
static bool has_banner(const uint8_t *p, uint64_t size)
{
	static const char start[] = "Linux version ";
	const uint8_t *end = p + size;

	while ((p = memmem(p, (size_t)(end - p), start, sizeof(start) - 1))) {
		p += sizeof(start) - 1;
		if (p < end && *p >= '0' && *p <= '9')
			return true;
	}
	return false;
}

/* Kernels that boot as they are: their header is their first page, or an outer wrapping has told the machine. */
static bool is_bare(struct image *img)
{
	if (has(img, 0x38, "ARM\x64", 4)) {
		set_arch(img, "arm64");
		img->big_endian = le32(img, 0x18) & 1;
		img->load_offset = le32(img, 8) & 0xfffff; /* text_offset, 0x80000 before 5.8 */
	} else if (has(img, 0x38, "RSC\x05", 4)) {
		set_arch(img, pe_machine(img) ? img->arch : "riscv64");
	}
	if (!img->load_align)
		img->load_align = 0x200000;
	return img->arch && has_banner(img->data, img->size);
}

/* ---- from one wrapping into the next ---- */

/* What came out is the image from here on; what it came out of is not needed any more. */
static int enter(struct image *img, struct boot_out *o, struct err *err)
{
	uint8_t *v = base_realloc(o->v, o->n);

	free(img->payload);
	elf_end(img->elf);
	img->elf = NULL;
	VEC_DONE(&img->secs);
	img->payload = v;
	img->data = v;
	img->size = o->n;
	return image_open_bytes(img, err);
}

static bool looks_like_kernel(const struct boot_out *o)
{
	return o->n >= 4 && (!memcmp(o->v, ELFMAG, SELFMAG) || has_banner(o->v, o->n));
}

/* Tries each magic in the range, all of them together up to the limit. */
static int search(struct image *img, const struct wrapping *w, struct err *err)
{
	struct cur c = cur_init(img->data, w->start + w->size, false);
	uint64_t left = img->payload_max;
	unsigned int trials = 0;

	for (uint64_t at = w->start; at < w->start + w->size && trials < TRIALS_MAX; at++) {
		const struct boot_codec *codec = boot_codec_of(img->data + at, w->start + w->size - at);
		struct boot_out o = { .limit = left };
		struct err bad = ERR_INIT;

		if (!codec)
			continue;
		trials++;
		c.p = c.start + at;
		/* What only looks like a payload is no damage. */
		if (!boot_unpack(codec, &c, &o, img->path, &bad) && looks_like_kernel(&o))
			return enter(img, &o, err);
		free(o.v);
		if (o.full)
			return err_set(err, ERR_DAMAGED, img->path, at,
				       "%s: more than %llu bytes come out of what is tried, the limit for one payload "
				       "(--unpack-max)", codec->name, (unsigned long long)img->payload_max);
		left -= o.n;
	}
	return err_set(err, ERR_DAMAGED, img->path, ERR_NO_OFFSET, "a boot image of %s in which no kernel can be found: %u "
		       "payloads tried", img->arch ? img->arch : "an unknown machine", trials);
}

static int unpack(struct image *img, const struct wrapping *w, struct err *err)
{
	struct cur c = cur_init(img->data, w->start + w->size, false);
	const struct boot_codec *codec = boot_codec_of(img->data + w->start, w->size);
	struct boot_out o = { .limit = img->payload_max };
	int rc;

	if (!codec)
		return err_set(err, ERR_DAMAGED, img->path, w->start, "the payload is in no compression that ksurf knows");
	c.p += w->start;
	rc = boot_unpack(codec, &c, &o, img->path, err);
	if (!rc && w->says && w->says != (uint32_t)o.n)
		rc = err_set(err, ERR_DAMAGED, img->path, w->start, "%s: %llu bytes come out of the payload, and it says %llu",
			     codec->name, (unsigned long long)o.n, (unsigned long long)w->says);
	if (!rc)
		return enter(img, &o, err);
	free(o.v);
	return rc;
}

static int take_off(struct image *img, const struct wrapping *w, struct err *err)
{
	if (++img->depth > BOOT_DEPTH_MAX)
		return err_set(err, ERR_DAMAGED, img->path, 0, "wrapped more than %d times", BOOT_DEPTH_MAX);
	if (w->start > img->size || !w->size || w->size > img->size - w->start)
		return err_set(err, ERR_FORMAT, img->path, w->start, "a boot image whose payload, %llu bytes, runs past the "
			       "end of the file (truncated file?)", (unsigned long long)w->size);
	if (!w->plain)
		return w->search ? search(img, w, err) : unpack(img, w, err);
	img->data += w->start;
	img->size = w->size;
	return image_open_bytes(img, err);
}

/* ---- the doors ---- */

/* Kallsyms that are not there are no fault; the symbol table is empty then. */
static int symbols_read(struct image *img, int rc)
{
	if (rc == ERR_MISSING)
		err_clear(&img->symbols_err);
	return 0;
}

int image_open_stripped(struct image *img, struct err *err)
{
	/* zImage of powerpc: an ELF program with the kernel in a section. */
	const struct image_sec *sec = image_find_sec(img, ".kernel:vmlinux.strip");

	for (size_t i = 0; i < img->secs.n; i++)
		if (img->secs.v[i].hdr.sh_type == SHT_SYMTAB && !sec)
			return 0;
	if (sec && sec->bytes.size) {
		struct wrapping w = { .start = sec->hdr.sh_offset, .size = sec->bytes.size };

		return take_off(img, &w, err);
	}
	img->kind = IMAGE_BOOT;
	return symbols_read(img, image_read_kallsyms(img, &img->symbols_err));
}

int image_open_boot(struct image *img, struct err *err)
{
	struct wrapping w = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(wrappings); i++)
		if (wrappings[i](img, &w))
			return take_off(img, &w, err);
	if (is_bare(img))
		return symbols_read(img, boot_open_bare(img));
	return err_set(err, ERR_FORMAT, img->path, 0, "neither an ELF file nor a boot image nor BTF: ksurf add wants a "
		       "kernel (vmlinux or vmlinuz), a package with one, or .btf");
}
