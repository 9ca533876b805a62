/* fuzz_classic.c: a file, in reads as its first octet says. Every packet's octets are read, those of one burst at its end. */
#include <stdlib.h>

#include "mediation/tap/classic.h"

enum { BURST = 8 };

struct file {
	struct view left;
	size_t most;
};

static ssize_t read_file(void *arg, char *to, size_t n)
{
	struct file *f = arg;
	size_t k = n < f->left.n ? n : f->left.n;

	if (k > f->most)
		k = f->most;
	memcpy(to, f->left.p, k);
	f->left = view_of(f->left.p + k, f->left.n - k);
	return (ssize_t)k;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct classic_packet p[BURST];
	static volatile uint8_t sum;
	struct classic *c;
	struct file f;
	int type;

	if (size < 1 + CLASSIC_HEADER || !classic_is(view_of(data + 1, CLASSIC_HEADER), &type))
		return 0;
	f = (struct file){ view_of(data + 1 + CLASSIC_HEADER, size - 1 - CLASSIC_HEADER), data[0] ? data[0] : size };
	c = classic_open(view_of(data + 1, CLASSIC_HEADER), read_file, &f);
	while (c && classic_next(c, &p[0]) == LI_OK) {
		size_t n = 1;

		while (n < BURST && classic_ahead(c, &p[n]) == LI_OK)
			n++;
		for (size_t k = 0; k < n; k++)
			for (size_t i = 0; i < p[k].octets.n; i++)
				sum = (uint8_t)(sum + p[k].octets.p[i]);
	}
	classic_close(c);
	return 0;
}
