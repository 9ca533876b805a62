/* replay_main.c: runs a fuzz driver over the files of its seed folder, without libFuzzer. replay_NAME reads
 * test/fuzz/seeds/NAME/; each file also cut at every eighth of its length, so that truncation is always tried. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');
	char folder[512], path[1024];
	unsigned n = 0;
	struct dirent *e;
	DIR *d;

	name = name ? name + 1 : argv[0];
	if (strncmp(name, "replay_", 7) == 0)
		name += 7;
	snprintf(folder, sizeof(folder), "%s%s", argc > 1 ? "" : "test/fuzz/seeds/", argc > 1 ? argv[1] : name);
	d = opendir(folder);
	if (!d) {
		printf("FAIL replay.%s: no folder %s\n", name, folder);
		return 1;
	}
	while ((e = readdir(d))) {
		FILE *f;
		uint8_t *p;
		long len;

		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (e->d_name[0] == '.' || !(f = fopen(path, "rb")))
			continue;
		fseek(f, 0, SEEK_END);
		len = ftell(f);
		rewind(f);
		p = malloc(len > 0 ? (size_t)len : 1);
		if (p && len >= 0 && fread(p, 1, (size_t)len, f) == (size_t)len) {
			for (size_t i = 0; i <= 8; i++) {
				size_t part = (size_t)len * i / 8;
				uint8_t *q = malloc(part ? part : 1);	/* of its own size, so that a read past it shows */

				if (!q)
					continue;
				memcpy(q, p, part);
				LLVMFuzzerTestOneInput(q, part);
				free(q);
				n++;
			}
		}
		free(p);
		fclose(f);
	}
	closedir(d);
	if (n == 0) {
		printf("FAIL replay.%s: no seeds in %s\n", name, folder);
		return 1;
	}
	printf("ok replay.%s (%u inputs)\n", name, n);
	return 0;
}
