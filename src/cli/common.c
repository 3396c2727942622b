// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What every command needs: messages, the store, and writing one result in several formats.
 */
#include "cli/cli_int.h"

#include <errno.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

void cli_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("ksurf: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

void cli_say(const struct cli_args *a, const char *fmt, ...)
{
	va_list ap;

	if (a->quiet)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
}

int cli_fail(const struct err *err)
{
	char text[sizeof(err->where) + sizeof(err->msg) + 32];

	cli_warn("%s", err_text(err, text, sizeof(text)));
	switch (err->code) {
	case ERR_USAGE:
		return EXIT_MISUSE;
	case ERR_NOT_FOUND:
		return EXIT_FINDINGS;
	default:
		return EXIT_COULD_NOT;
	}
}

const char *cli_count(uint64_t n, char buf[static 32])
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n), out = 0;

	for (int i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			buf[out++] = ',';
		buf[out++] = digits[i];
	}
	buf[out] = '\0';
	return buf;
}

const char *cli_kind_name(enum kind k)
{
	static const char *const names[KIND_NKINDS] = {
		[KIND_FUNC] = "function",
		[KIND_LSM] = "LSM hook",
		[KIND_CONFIG] = "config option",
		[KIND_FEATURE] = "BPF feature",
	};

	return names[k] ? names[k] : kind_words[k].word;
}

const char *cli_count_kinds(struct buf *out, const struct surface *s)
{
	uint64_t n[KIND_NKINDS] = { 0 };
	char count[32];

	for (size_t i = 0; i < s->constructs.n; i++)
		n[s->constructs.v[i].kind] += s->constructs.v[i].name && !s->constructs.v[i].variant;
	for (enum kind k = KIND_FUNC + 1; k < KIND_NKINDS; k++)
		if (n[k])
			buf_printf(out, ", %s %s", cli_count(n[k], count),
				   n[k] == 1 ? cli_kind_name(k) : kind_words[k].plural);
	return buf_z(out);
}

int cli_open_store(const struct cli_args *a, enum store_mode mode, struct store **st, struct err *err)
{
	struct buf path = { 0 };
	int rc = 0;

	if (a->db)
		buf_puts(&path, a->db);
	else
		rc = store_default_path(&path, err);
	rc = rc ? rc : store_open(buf_z(&path), mode, st, err);
	/* A store that is not there yet is no missing result: what was asked for cannot be done. */
	if (rc == ERR_NOT_FOUND) {
		err_clear(err);
		rc = err_set(err, ERR_STORE, buf_z(&path), ERR_NO_OFFSET,
			     "no store is there yet; 'ksurf add VMLINUX' makes one");
	}
	buf_done(&path);
	return rc;
}

int cli_open_shelf(const struct cli_args *a, struct shelf *s, struct err *err)
{
	int rc = cli_open_store(a, STORE_READ, &s->st, err);

	if (rc)
		return rc;
	rc = store_images(s->st, &s->images, err);
	if (!rc && !s->images.images.n) {
		store_images_done(&s->images);
		rc = err_set(err, ERR_MISSING, NULL, ERR_NO_OFFSET,
			     "the store holds no images; 'ksurf add vmlinux' reads one");
	} else if (!rc) {
		rc = query_view_init(&s->view, &s->images, a->base, err);
		if (rc)
			store_images_done(&s->images);
	}
	if (rc)
		store_close(s->st);
	/* A --base that is no image is a wrong argument, not a missing result. */
	if (rc == ERR_NOT_FOUND)
		err->code = ERR_USAGE;
	return rc;
}

void cli_close_shelf(struct shelf *s)
{
	query_view_done(&s->view);
	store_images_done(&s->images);
	store_close(s->st);
}

static bool want_color(const struct cli_args *a)
{
	if (a->color != COLOR_AUTO)
		return a->color == COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
}

static unsigned int tty_width(void)
{
	struct winsize w;

	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) ? w.ws_col : 0;
}

bool cli_write_all(int fd, const struct buf *b)
{
	size_t done = 0;

	while (done < b->n) {
		ssize_t n = write(fd, b->v + done, b->n - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		done += (size_t)n;
	}
	return true;
}

static int write_one(const struct cli_output *out, const struct buf *text, bool append)
{
	FILE *f = out->file ? fopen(out->file, append ? "a" : "w") : stdout;
	bool ok;

	if (!f) {
		cli_warn("%s: cannot be written: %s", out->file, strerror(errno));
		return EXIT_COULD_NOT;
	}
	ok = !text->n || fwrite(text->v, 1, text->n, f) == text->n;
	ok = (out->file ? !fclose(f) : !fflush(f)) && ok;
	if (!ok) {
		cli_warn("%s: cannot be written: %s", out->file ? out->file : "stdout", strerror(errno));
		return EXIT_COULD_NOT;
	}
	return EXIT_FINE;
}

int cli_write(const struct cli_args *a, bool append,
	      void (*render)(struct buf *out, void *ctx, const struct report_options *o), void *ctx)
{
	int rc = EXIT_FINE;

	for (size_t i = 0; i < a->outputs.n; i++) {
		const struct cli_output *out = &a->outputs.v[i];
		struct report_options o = {
			.format = out->format,
			.style = a->style,
			.color = a->color == COLOR_ALWAYS || (!out->file && want_color(a)),
			.width = out->file ? 0 : tty_width(),
		};
		struct buf text = { 0 };
		int one;

		render(&text, ctx, &o);
		one = write_one(out, &text, append);
		rc = one ? one : rc;
		buf_done(&text);
	}
	return rc;
}

void cli_stages_text(struct buf *out, const struct stages *s)
{
	buf_printf(out, "%-28s %10s %14s %12s\n", "pass", "wall ms", "bytes", "items");
	for (unsigned int i = 0; i < s->n; i++)
		buf_printf(out, "%-28s %10.1f %14llu %12llu\n", s->v[i].name, (double)s->v[i].wall_ns / 1e6,
			   (unsigned long long)s->v[i].bytes, (unsigned long long)s->v[i].items);
}

void cli_print_stages(const struct stages *s)
{
	struct buf text = { 0 };

	cli_stages_text(&text, s);
	fputs(buf_z(&text), stderr);
	buf_done(&text);
}

static volatile sig_atomic_t stop_signal;

static void note_stop(int signal)
{
	static const char words[] = "\nksurf: stopping after what is being read; once more ends at once\n";

	stop_signal = signal;
	if (isatty(STDERR_FILENO) && write(STDERR_FILENO, words, sizeof(words) - 1) < 0)
		return; /* there is nobody to tell */
}

void cli_catch_stop(void)
{
	struct sigaction sa = { .sa_handler = note_stop, .sa_flags = (int)SA_RESETHAND | SA_RESTART };

	static const int signals[] = { SIGINT, SIGTERM };
	struct sigaction old;

	/* What whoever started us had ignored, as nohup does, stays ignored. */
	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		if (!sigaction(signals[i], NULL, &old) && old.sa_handler != SIG_IGN)
			sigaction(signals[i], &sa, NULL);
}

bool cli_stopped(void)
{
	return stop_signal != 0;
}

void cli_end_stopped(void)
{
	if (!stop_signal)
		return;
	signal(stop_signal, SIG_DFL);
	raise(stop_signal);
}
