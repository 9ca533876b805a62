/* fuzz_segment.c: octets as a segment that a start finds: whatever it holds, reading ends, ids rise, accounts hold. The seeds
 * were written under the key below. */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <li/log.h>

#include "handover/spool.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char dir[] = "/tmp/openmdf-fuzz.XXXXXX";
static int folder = -1;

static void gone(void)
{
	rmdir(dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char name[] = "00000000-0000-0000-0000-000000000000.hi3.0000000000000001.seg";
	static const uint8_t master[SEGMENT_KEY] = { 'f', 'u', 'z', 'z' };
	static struct segment_key key;
	static uint8_t to[LI_PDU_MAX];
	struct spool_conf c = { .key = &key, .kind = LI_HI3 };
	uint64_t last = 0, taken = 0;
	struct queue_elem e;
	struct spool *s;
	enum li_err err;
	int fd;

	if (folder < 0) {
		li_log_level((enum li_log)0);
		if (!mkdtemp(dir) || (folder = open(dir, O_RDONLY | O_DIRECTORY)) < 0 || segment_key_init(&key, master))
			abort();
		atexit(gone);
	}
	c.folder = folder;
	fd = openat(folder, name, O_CREAT | O_TRUNC | O_WRONLY, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	close(fd);
	s = spool_open(&c, &err);
	if (!s)
		abort();
	while (!spool_peek(s, &e)) {
		if (e.n == 0 || e.n > LI_PDU_MAX || e.n > size || e.durable <= last)
			abort();
		if (!spool_take(s, &e, to)) {
			taken++;
			last = e.durable;
		}
	}
	if (spool_stats(s)->pdus || spool_stats(s)->read_back != taken)
		abort();
	spool_release(s, UINT64_MAX);
	spool_close(s);
	(void)unlinkat(folder, name, 0);
	return 0;
}
