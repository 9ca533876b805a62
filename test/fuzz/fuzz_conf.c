/* fuzz_conf.c: any text as warrants.yaml (first octet 'w') or as mdfd.yaml. What is accepted is applied and matched; no
 * message quotes a line of it that could be an identity: digits that stand in a row of six or more. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "mediation/conf.h"
#include "mediation/warrant/warrant.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void say(void *arg, const char *line)
{
	const char *p = strstr(line, ": ");	/* after the file's name */
	size_t row = 0;

	(void)arg;
	for (; p && *p; p++) {
		row = *p >= '0' && *p <= '9' ? row + 1 : 0;
		if (row == 12 && !strstr(line, "octets"))
			abort();
	}
}

static void hit(void *arg, struct warrant *w)
{
	*(size_t *)arg += w->n_dests;
}

static void apply(const struct conf_warrants *w)
{
	struct warrants *ws = warrants_new(NULL, NULL, NULL);
	size_t hits = 0;

	if (!ws)
		return;
	if (!warrants_apply(ws, w, WARRANTS_REPLACE, "file", "fuzz", NULL, say, NULL))
		for (size_t i = 0; i < w->n_warrants; i++) {
			struct li_id id[LI_TARGETS_TASK];
			const struct subject s = { id, w->warrant[i].n_targets };
			size_t before = hits;
			bool seen = true;

			for (size_t k = 0; k < s.n; k++) {	/* as a tap tells of it */
				id[k] = w->warrant[i].target[k];
				id[k].kind = li_id_seen_as(id[k].kind);
				seen &= li_id_on_tap(id[k].kind);
			}
			warrants_match(ws, &s, hit, &hits);	/* who has all targets of a warrant falls under it */
			if (seen && hits == before)
				abort();
		}
	warrants_advance(ws, INT64_MAX - 1);
	warrants_free(ws);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_of(data, size);
	char path[64];
	int fd;

	if (size && data[0] == 'w') {
		struct conf_warrants *w;

		text = view_of(data + 1, size - 1);
		w = conf_warrants_load(NULL, "f", &text, NULL, NULL, say, NULL);
		if (w)
			apply(w);
		conf_warrants_free(w);
		return 0;
	}
	fd = memfd_create("conf", MFD_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd >= 0 && write(fd, data, size) == (ssize_t)size)
		conf_free(conf_load(path, say, NULL));
	close(fd);
	return 0;
}
