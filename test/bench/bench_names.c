/*
 * bench_names.c: the name server of test/gen/names.h at ADDRESS, port 53: "good…" is at 127.0.0.1, of "slow…" nobody ever hears. Says "ready",
 * and ends when its standard input does.
 *
 *	bench_names ADDRESS
 */
#include <stdio.h>
#include <unistd.h>

#include "test/gen/names.h"

#define DOMAIN 53

int main(int argc, char **argv)
{
	struct names n;
	char c;

	if (argc != 2 || !names_start(&n, argv[1], DOMAIN)) {
		fprintf(stderr, "bench_names: cannot be a name server\n");
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (read(0, &c, 1) > 0)
		;
	names_stop(&n);
	return 0;
}
