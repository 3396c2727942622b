// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Runs a command with its output thrown away and prints "WALL_S CPU_S PEAK_RSS_KIB PEAK_ANON_KIB EXIT". Anonymous memory has no
 * high-water mark in the kernel: it is sampled from /proc/PID/status each millisecond.
 *
 *   measure COMMAND...
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static long anon_kib(pid_t pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
	f = fopen(path, "r");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, "RssAnon:", 8))
			kib = strtol(line + 8, NULL, 10);
	fclose(f);
	return kib;
}

int main(int argc, char **argv)
{
	struct rusage use;
	double start, wall;
	long peak = 0;
	int status;
	pid_t pid;

	if (argc < 2)
		errx(2, "usage: measure COMMAND...");
	start = seconds();
	pid = fork();
	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 0);
		dup2(null, 1);
		execvp(argv[1], argv + 1);
		err(127, "%s", argv[1]);
	}
	while (wait4(pid, &status, WNOHANG, &use) == 0) {
		long now = anon_kib(pid);

		if (now > peak)
			peak = now;
		nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL);
	}
	wall = seconds() - start;
	printf("%.4f %.4f %ld %ld %d\n", wall,
	       (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
		       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6,
	       use.ru_maxrss, peak,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return 0;
}
