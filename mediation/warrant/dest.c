/* dest.c: see dest.h. */
#include "mediation/warrant/dest.h"

#include <stdlib.h>

#define TEXTS 9

static void texts(struct hm_dest_conf *c, const char **out[TEXTS])
{
	const char **all[TEXTS] = { &c->name, &c->host, &c->peer_name, &c->certificate, &c->key, &c->ca, &c->crl,
		&c->ciphers, &c->ciphersuites };

	memcpy(out, all, sizeof(all));
}

enum li_err dest_conf_copy(struct hm_dest_conf *to, const struct hm_dest_conf *from)
{
	const char **t[TEXTS];
	bool bad = false;

	*to = *from;
	texts(to, t);
	for (size_t i = 0; i < TEXTS; i++) {
		char *copy = *t[i] ? strdup(*t[i]) : NULL;

		bad |= *t[i] && !copy;
		*t[i] = copy;
	}
	if (!bad)
		return LI_OK;
	dest_conf_fini(to);
	return LI_ENOMEM;
}

void dest_conf_fini(struct hm_dest_conf *c)
{
	const char **t[TEXTS];

	texts(c, t);
	for (size_t i = 0; i < TEXTS; i++) {
		free((void *)(uintptr_t)*t[i]);
		*t[i] = NULL;
	}
}

bool dest_conf_eq(const struct hm_dest_conf *a, const struct hm_dest_conf *b)
{
	struct hm_dest_conf x = *a, y = *b;
	const char **s[TEXTS], **t[TEXTS];

	texts(&x, s);
	texts(&y, t);
	for (size_t i = 0; i < TEXTS; i++)
		if (!*s[i] != !*t[i] || (*s[i] && strcmp(*s[i], *t[i]) != 0))
			return false;
	return memcmp(a->did.b, b->did.b, 16) == 0 && a->port == b->port && a->hi2 == b->hi2 && a->hi3 == b->hi3 &&
	       a->success == b->success && a->shared == b->shared && a->cc_form == b->cc_form &&
	       a->time_form == b->time_form && a->release == b->release && a->version == b->version &&
	       a->gen_header == b->gen_header && a->time1 == b->time1 && a->time3 == b->time3 && a->time5 == b->time5 &&
	       a->time6 == b->time6 && a->reconnect == b->reconnect && a->queue == b->queue && a->tls_floor == b->tls_floor &&
	       a->spill == b->spill && a->spill_limit == b->spill_limit;
}
