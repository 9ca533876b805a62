/*
 * http_peer.c: who shares what is shared. A peer is a certificate's name with the identity it bears (two ADMFs may live on one host), or,
 * where there is no TLS, everybody. It is there while it has a connection or a request.
 */
#include "mediation/http_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct http_peer *http_peer_of(struct http *h, const char *name, const char *id)
{
	struct http_peer *p;

	TAILQ_FOREACH(p, &h->peers, all)
		if (strcmp(p->name, name) == 0 && strcmp(p->id, id) == 0) {
			p->refs++;
			return p;
		}
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	snprintf(p->name, sizeof(p->name), "%s", name);
	snprintf(p->id, sizeof(p->id), "%s", id);
	p->refs = 1;
	TAILQ_INSERT_TAIL(&h->peers, p, all);
	return p;
}

void http_peer_unref(struct http *h, struct http_peer *p)
{
	if (!p || --p->refs)
		return;
	TAILQ_REMOVE(&h->peers, p, all);
	free(p);
}
