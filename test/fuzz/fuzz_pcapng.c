/* fuzz_pcapng.c: a file. Every packet's octets are read. */
#include <stdlib.h>

#include "mediation/tap/pcapng.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pcapng_packet p;
	struct pcapng *g;
	static volatile uint8_t sum;
	char err[128];
	FILE *f = size ? fmemopen((void *)(uintptr_t)data, size, "rb") : NULL;

	if (!f)
		return 0;
	g = pcapng_open(f, err, sizeof(err));
	while (g && pcapng_next(g, &p) == LI_OK)
		for (size_t i = 0; i < p.octets.n; i++)
			sum = (uint8_t)(sum + p.octets.p[i]);
	pcapng_close(g);
	fclose(f);
	return 0;
}
