/* hm_key.h: a file with a destination's key, of this process alone, for the tests that encrypt: key_is() before rig_new(). */
#ifndef TEST_HM_KEY_H
#define TEST_HM_KEY_H

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "test/unit.h"

static char key_file[] = "/tmp/openmdf-key.XXXXXX";

/* The file's key from now on: that digit, 64 times, in hex. */
static void key_is(char digit)
{
	char text[64];
	int fd = strstr(key_file, "XXXXXX") ? mkstemp(key_file) : open(key_file, O_WRONLY | O_TRUNC);

	memset(text, digit, sizeof(text));
	CU_ASSERT_FATAL(fd >= 0 && write(fd, text, sizeof(text)) == (ssize_t)sizeof(text));
	close(fd);
}

__attribute__((destructor)) static void no_key(void)
{
	if (!strstr(key_file, "XXXXXX"))
		unlink(key_file);
}

#endif
