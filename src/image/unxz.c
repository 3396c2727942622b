// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One xz stream of several blocks (xz -T, dpkg-deb), decoded on several threads with a bounded number of blocks
 * ahead. A block is handed out only when it is whole and its checksum is right. Knows nothing of what is in it.
 * Format: "The .xz File Format" 1.1.0, sections 2 to 4, through liblzma.
 */
#include "image/parts_int.h"

#include <lzma.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#define BLOCK_MAX  (256u << 20) /* xz -9 -T makes blocks of 192 MiB */
#define WINDOW_MAX (1ull << 30) /* of decoded blocks that wait */
#define MEMORY_MAX (256u << 20) /* of one decoder */
#define STEP	   (256 << 10)
#define LANES_MAX  64

struct block {
	uint64_t at, unpadded, size; /* in the file; and decoded */
};

enum slot_state { SLOT_FREE, SLOT_BUSY, SLOT_READY, SLOT_BAD };

/* Block n lives in slot n % nslots. */
struct slot {
	enum slot_state state;
	uint8_t *bytes;
};

struct unxz {
	const uint8_t *data;
	lzma_check check;
	VEC(struct block) blocks;
	size_t largest;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct slot *slots;
	size_t nslots;
	size_t next_job, next_out; /* blocks */
	atomic_bool stop;
	unsigned int nthreads;
	pthread_t threads[LANES_MAX];
	char what[128];
};

/* Feeds a block's bytes in steps, so that nobody waits long for a thread whose block is not wanted any more. */
static bool decode_steps(struct unxz *x, lzma_stream *s, const struct block *b, uint8_t *out)
{
	const uint8_t *end = x->data + b->at + ((b->unpadded + 3) & ~3ull);
	lzma_ret rc = LZMA_OK;

	s->next_out = out;
	s->avail_out = b->size;
	while (rc == LZMA_OK && !atomic_load_explicit(&x->stop, memory_order_relaxed)) {
		if (!s->avail_in)
			s->avail_in = end - s->next_in < STEP ? (size_t)(end - s->next_in) : STEP;
		rc = lzma_code(s, LZMA_RUN);
	}
	return rc == LZMA_STREAM_END && !s->avail_out;
}

/* Decodes one block into its slot. */
static bool decode(struct unxz *x, const struct block *b, uint8_t *out)
{
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block block = { .version = 1, .check = x->check, .filters = filters };
	lzma_stream s = LZMA_STREAM_INIT;
	bool ok;

	block.header_size = lzma_block_header_size_decode(x->data[b->at]);
	if (block.header_size >= b->unpadded || lzma_block_header_decode(&block, NULL, x->data + b->at) != LZMA_OK)
		return false;
	ok = lzma_raw_decoder_memusage(filters) <= MEMORY_MAX &&
	     lzma_block_compressed_size(&block, b->unpadded) == LZMA_OK && lzma_block_decoder(&s, &block) == LZMA_OK;
	s.next_in = x->data + b->at + block.header_size;
	ok = ok && decode_steps(x, &s, b, out);
	lzma_end(&s);
	for (size_t i = 0; filters[i].id != LZMA_VLI_UNKNOWN; i++)
		free(filters[i].options);
	return ok;
}

static void *worker(void *arg)
{
	struct unxz *x = arg;

	pthread_mutex_lock(&x->lock);
	while (!atomic_load(&x->stop) && x->next_job < x->blocks.n) {
		struct slot *slot = &x->slots[x->next_job % x->nslots];
		const struct block *b = &x->blocks.v[x->next_job];
		bool ok;

		if (slot->state != SLOT_FREE) {
			pthread_cond_wait(&x->changed, &x->lock);
			continue;
		}
		x->next_job++;
		slot->state = SLOT_BUSY;
		pthread_mutex_unlock(&x->lock);
		if (!slot->bytes)
			slot->bytes = base_alloc(x->largest);
		ok = decode(x, b, slot->bytes);
		pthread_mutex_lock(&x->lock);
		slot->state = ok ? SLOT_READY : SLOT_BAD;
		pthread_cond_broadcast(&x->changed);
	}
	pthread_mutex_unlock(&x->lock);
	return NULL;
}

/* The blocks of the stream by its index, which lies at its end. */
static bool read_index(struct unxz *x, uint64_t size)
{
	lzma_stream_flags head, foot;
	lzma_index *index = NULL;
	lzma_index_iter it;
	uint64_t memory = MEMORY_MAX, at;
	size_t pos;
	bool ok;

	if (size < 2 * LZMA_STREAM_HEADER_SIZE || lzma_stream_header_decode(&head, x->data) != LZMA_OK ||
	    lzma_stream_footer_decode(&foot, x->data + size - LZMA_STREAM_HEADER_SIZE) != LZMA_OK ||
	    lzma_stream_flags_compare(&head, &foot) != LZMA_OK || foot.backward_size > size - 2 * LZMA_STREAM_HEADER_SIZE)
		return false;
	pos = at = size - LZMA_STREAM_HEADER_SIZE - foot.backward_size;
	if (lzma_index_buffer_decode(&index, &memory, NULL, x->data, &pos, at + foot.backward_size) != LZMA_OK)
		return false;
	ok = lzma_index_stream_size(index) == size;
	lzma_index_iter_init(&it, index);
	while (ok && !lzma_index_iter_next(&it, LZMA_INDEX_ITER_NONEMPTY_BLOCK)) {
		struct block b = { it.block.compressed_file_offset, it.block.unpadded_size, it.block.uncompressed_size };

		/* LZMA2 packs at most some 7,000 to 1: a larger claim is a lie, and is not believed with memory. */
		ok = b.at < at && b.unpadded < at - b.at && b.size <= BLOCK_MAX && b.size / 8192 <= b.unpadded;
		if (b.size > x->largest)
			x->largest = b.size;
		VEC_PUSH(&x->blocks, b);
	}
	x->check = head.check;
	lzma_index_end(index, NULL);
	return ok && x->blocks.n > 1;
}

struct unxz *unxz_open(const uint8_t *data, uint64_t size, unsigned int nlanes)
{
	struct unxz *x = base_calloc(1, sizeof(*x));

	x->data = data;
	pthread_mutex_init(&x->lock, NULL);
	pthread_cond_init(&x->changed, NULL);
	if (nlanes < 2 || !read_index(x, size)) {
		unxz_close(x);
		return NULL;
	}
	if (nlanes > LANES_MAX)
		nlanes = LANES_MAX;
	/* Two more than threads: one that is being read, and one that is ready to be. */
	x->nslots = nlanes + 2;
	while (x->nslots > 2 && x->nslots * x->largest > WINDOW_MAX)
		x->nslots--;
	x->slots = base_calloc(x->nslots, sizeof(*x->slots));
	while (x->nthreads < nlanes && x->nthreads < x->nslots && x->nthreads < x->blocks.n &&
	       !pthread_create(&x->threads[x->nthreads], NULL, worker, x))
		x->nthreads++;
	if (!x->nthreads) {
		unxz_close(x);
		return NULL;
	}
	return x;
}

void unxz_close(struct unxz *x)
{
	if (!x)
		return;
	pthread_mutex_lock(&x->lock);
	atomic_store(&x->stop, true);
	pthread_cond_broadcast(&x->changed);
	pthread_mutex_unlock(&x->lock);
	for (unsigned int i = 0; i < x->nthreads; i++)
		pthread_join(x->threads[i], NULL);
	for (size_t i = 0; i < x->nslots; i++)
		free(x->slots[i].bytes);
	free(x->slots);
	VEC_DONE(&x->blocks);
	pthread_cond_destroy(&x->changed);
	pthread_mutex_destroy(&x->lock);
	free(x);
}

int unxz_next(struct unxz *x, const uint8_t **ret, size_t *n, const char **what)
{
	struct slot *slot;
	int rc = 1;

	pthread_mutex_lock(&x->lock);
	if (x->next_out) {
		x->slots[(x->next_out - 1) % x->nslots].state = SLOT_FREE;
		pthread_cond_broadcast(&x->changed);
	}
	if (x->next_out == x->blocks.n) {
		pthread_mutex_unlock(&x->lock);
		return 0;
	}
	slot = &x->slots[x->next_out % x->nslots];
	while (slot->state != SLOT_READY && slot->state != SLOT_BAD)
		pthread_cond_wait(&x->changed, &x->lock);
	if (slot->state == SLOT_BAD) {
		snprintf(x->what, sizeof(x->what), "block %zu of %zu of its xz stream is damaged", x->next_out + 1, x->blocks.n);
		*what = x->what;
		rc = -1;
	} else {
		*ret = slot->bytes;
		*n = x->blocks.v[x->next_out].size;
		x->next_out++;
	}
	pthread_mutex_unlock(&x->lock);
	return rc;
}
