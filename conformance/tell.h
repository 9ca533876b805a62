/* tell.h: JSON as it is written: commas and quotes are its care. */
#ifndef CONF_TELL_H
#define CONF_TELL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct tell {
	FILE *f;
	bool more;		/* something stands before in this object or array */
};

/* key NULL: in an array, or the whole. */
void tell_open(struct tell *t, const char *key, char bracket);
void tell_close(struct tell *t, char bracket);
void tell_text(struct tell *t, const char *key, const char *text);
void tell_number(struct tell *t, const char *key, uint64_t v);
void tell_real(struct tell *t, const char *key, double v);
void tell_bool(struct tell *t, const char *key, bool v);

#endif
