// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ksurf add: what the user has, into the store. Inputs are read side by side, as many as lanes and memory allow, and
 * stored one after the other in the order of inputs (by path), so that neither what is stored nor what is said
 * depends on timing. One input is read in add_image.c.
 */
#include "cli/add_int.h"

#include <pthread.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define PROGRESS_NS 100000000ull
/* One image at once for each so many bytes of memory. Unpacked, with its tables, an image takes up to 0.6 GB. */
#define MEMORY_AN_IMAGE (2ull << 30)

struct add_run {
	const struct cli_args *a;
	struct store *st;
	struct image_inputs inputs;
	VEC(struct add_job) jobs;
	unsigned int at_once, lanes; /* images read side by side; threads of each */
	pthread_mutex_t store_lock;  /* held for each use of the store */
	/* Of all below, and of what is printed. */
	pthread_mutex_t lock;
	pthread_cond_t turn_over;
	size_t turn; /* the job that may store */
	size_t nrunning, nended;
	unsigned int nadded, nalready, nreplaced, nfailed;
	bool tty, shown; /* a line of progress stands on the terminal */
	uint64_t last_ns;
};

/* ---- what is said ---- */

static void add_line(struct buf *out, const char *fmt, va_list ap)
{
	char text[1200];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n > 0)
		buf_put(out, text, (size_t)n < sizeof(text) ? (size_t)n : sizeof(text) - 1);
	buf_char(out, '\n');
}

void add_say(struct add_job *job, const char *fmt, ...)
{
	va_list ap;

	if (job->run->a->quiet)
		return;
	va_start(ap, fmt);
	add_line(&job->words, fmt, ap);
	va_end(ap);
}

void add_failed(struct add_job *job, const struct err *err)
{
	char text[sizeof(err->where) + sizeof(err->msg) + 32];

	buf_printf(&job->words, "ksurf: %s\n", err_text(err, text, sizeof(text)));
	if (!job->nfailed++)
		job->err = *err;
}

static unsigned int terminal_width(void)
{
	struct winsize w;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_col ? w.ws_col : 80;
}

static void clear_progress(struct add_run *run)
{
	if (run->shown)
		fputs("\r\033[K", stderr);
	run->shown = false;
}

/* One line, rewritten: how far all are, and what is read now. */
static void show_progress(struct add_run *run, const char *what, uint64_t done, uint64_t total)
{
	uint64_t now = stage_now_ns();
	struct buf line = { 0 };
	unsigned int width;

	if (!run->tty || now - run->last_ns < PROGRESS_NS)
		return;
	run->last_ns = now;
	width = terminal_width();
	if (run->jobs.n > 1) {
		buf_printf(&line, "%zu done, %zu running, %zu left", run->nended, run->nrunning,
			   run->jobs.n - run->nended - run->nrunning);
		if (run->nfailed)
			buf_printf(&line, ", %u failed", run->nfailed);
		buf_puts(&line, ": ");
	}
	buf_puts(&line, what);
	if (total)
		buf_printf(&line, ": %llu %%", (unsigned long long)(done * 100 / total));
	/* A line that wraps could not be taken back. */
	if (line.n >= width)
		line.n = width - 1;
	fprintf(stderr, "\r\033[K%s", buf_z(&line));
	run->shown = true;
	buf_done(&line);
}

void add_progress(void *ctx, uint64_t done, uint64_t total)
{
	struct add_job *job = ctx;

	if (pthread_mutex_trylock(&job->run->lock))
		return;
	show_progress(job->run, job->path, done, total);
	pthread_mutex_unlock(&job->run->lock);
}

/* ---- what jobs share ---- */

const struct cli_args *add_args(const struct add_job *job)
{
	return job->run->a;
}

unsigned int add_lanes(const struct add_job *job)
{
	return job->run->lanes;
}

bool add_is_alone(const struct add_job *job)
{
	return job->run->at_once == 1;
}

struct store *add_lock_store(struct add_job *job)
{
	pthread_mutex_lock(&job->run->store_lock);
	return job->run->st;
}

void add_unlock_store(struct add_job *job)
{
	pthread_mutex_unlock(&job->run->store_lock);
}

void add_take_turn(struct add_job *job)
{
	pthread_mutex_lock(&job->run->lock);
	while (job->run->turn != job->n)
		pthread_cond_wait(&job->run->turn_over, &job->run->lock);
	pthread_mutex_unlock(&job->run->lock);
}

/* Says what the job has to say, in its turn, and hands the turn on. */
static void end_job(struct add_job *job)
{
	struct add_run *run = job->run;

	add_take_turn(job);
	pthread_mutex_lock(&run->lock);
	if (job->words.n) {
		clear_progress(run);
		fputs(buf_z(&job->words), stderr);
	}
	buf_done(&job->words);
	run->nadded += job->nadded;
	run->nalready += job->nalready;
	run->nreplaced += job->nreplaced;
	run->nfailed += job->nfailed;
	run->nrunning--;
	run->nended++;
	run->turn++;
	pthread_cond_broadcast(&run->turn_over);
	pthread_mutex_unlock(&run->lock);
}

static void run_job(void *ctx, unsigned int lane, size_t n)
{
	struct add_run *run = ctx;
	struct add_job *job = &run->jobs.v[n];

	(void)lane;
	pthread_mutex_lock(&run->lock);
	run->nrunning++;
	if (run->jobs.n > 1)
		show_progress(run, job->path, 0, 0);
	pthread_mutex_unlock(&run->lock);
	if (job->err.code)
		add_failed(job, &job->err);
	else if (!cli_stopped())
		add_input(job);
	end_job(job);
}

/* ---- the run ---- */

static struct add_job *new_job(struct add_run *run, const char *path, const struct image_input *in)
{
	struct add_job *job = VEC_ADD(&run->jobs);

	*job = (struct add_job){ .run = run, .n = run->jobs.n - 1, .path = path, .in = in, .err = ERR_INIT };
	return job;
}

/*
 * An operand that cannot be read fails alone. The others are looked at together, so that what belongs to one image
 * finds itself.
 */
static int find_inputs(struct add_run *run, struct err *err)
{
	const struct cli_args *a = run->a;
	VEC(char *) readable = { 0 };
	int rc = 0;

	for (int i = 0; i < a->noperands; i++) {
		if (!access(a->operands[i], R_OK))
			VEC_PUSH(&readable, a->operands[i]);
		else
			err_set(&new_job(run, a->operands[i], NULL)->err, ERR_IO, a->operands[i], ERR_NO_OFFSET,
				"cannot be opened: %m");
	}
	if (readable.n)
		rc = image_inputs_find(readable.v, readable.n, &run->inputs, err);
	VEC_DONE(&readable);
	for (size_t i = 0; !rc && i < run->inputs.v.n; i++)
		new_job(run, run->inputs.v.v[i].path, &run->inputs.v.v[i]);
	if (!rc && !run->jobs.n)
		rc = err_set(err, ERR_MISSING, a->operands[0], ERR_NO_OFFSET,
			     "holds neither a kernel nor a package with one");
	return rc;
}

static void share_lanes(struct add_run *run)
{
	unsigned int lanes = run->a->nlanes ? run->a->nlanes : lanes_default();
	uint64_t memory = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);
	uint64_t room = memory / MEMORY_AN_IMAGE;

	run->at_once = lanes;
	if (run->at_once > run->jobs.n)
		run->at_once = (unsigned int)run->jobs.n;
	if (run->at_once > room)
		run->at_once = room ? (unsigned int)room : 1;
	run->lanes = lanes / run->at_once;
}

static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* After many images: what became of them, and what failed once more, with its reason. */
static void say_all(const struct add_run *run)
{
	size_t nstopped = 0;
	char text[sizeof(run->jobs.v->err.where) + sizeof(run->jobs.v->err.msg) + 32];

	for (size_t i = 0; i < run->jobs.n; i++)
		nstopped += !(run->jobs.v[i].nadded + run->jobs.v[i].nalready + run->jobs.v[i].nreplaced +
			      run->jobs.v[i].nfailed);
	if (run->inputs.nothers)
		cli_say(run->a, "%llu file%s that are no kernel, no module and no config",
			(unsigned long long)run->inputs.nothers, plural(run->inputs.nothers));
	if (run->jobs.n > 1 || cli_stopped())
		cli_say(run->a, "%u image%s added, %u replaced, %u there already, %u failed", run->nadded,
			plural(run->nadded), run->nreplaced, run->nalready, run->nfailed);
	if (cli_stopped())
		cli_warn("stopped: %u are in the store, %zu are not", run->nadded + run->nreplaced + run->nalready, nstopped);
	if (!run->nfailed || run->jobs.n == 1)
		return;
	cli_warn("%u image%s could not be added:", run->nfailed, plural(run->nfailed));
	for (size_t i = 0; i < run->jobs.n; i++)
		if (run->jobs.v[i].nfailed)
			fprintf(stderr, "  %s\n", err_text(&run->jobs.v[i].err, text, sizeof(text)));
}

static int misuse(const struct cli_args *a)
{
	if (a->running && (a->noperands || a->modules))
		cli_warn("--running takes no PATH and no --modules: it is of one kernel, with the modules that it has loaded");
	else if (!a->running && !a->noperands)
		cli_warn("add wants a PATH, or --running; see 'ksurf help add'");
	else if (!a->running && a->root)
		cli_warn("--root is of --running");
	else
		return EXIT_FINE;
	return EXIT_MISUSE;
}

static int run_all(struct add_run *run, struct err *err)
{
	int rc = 0;

	if (run->a->running)
		new_job(run, "running kernel", NULL);
	else
		rc = find_inputs(run, err);
	if (rc)
		return cli_fail(err);
	if (run->a->config && run->jobs.n > 1) {
		cli_warn("--config is of one image: add the images one by one");
		return EXIT_MISUSE;
	}
	if (cli_open_store(run->a, STORE_WRITE, &run->st, err))
		return cli_fail(err);
	share_lanes(run);
	cli_catch_stop();
	lanes_run(run->at_once, run->jobs.n, run_job, run);
	clear_progress(run);
	store_close(run->st);
	say_all(run);
	return run->nfailed ? EXIT_COULD_NOT : EXIT_FINE;
}

int cmd_add(const struct cli_args *a)
{
	struct add_run run = { .a = a, .tty = !a->quiet && isatty(STDERR_FILENO) };
	struct err err = ERR_INIT;
	int rc = misuse(a);

	if (rc)
		return rc;
	arena_init(&run.inputs.arena);
	pthread_mutex_init(&run.lock, NULL);
	pthread_mutex_init(&run.store_lock, NULL);
	pthread_cond_init(&run.turn_over, NULL);
	rc = run_all(&run, &err);
	VEC_DONE(&run.jobs);
	image_inputs_done(&run.inputs);
	cli_end_stopped();
	return rc;
}
