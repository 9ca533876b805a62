/*
 * x1admf_main.c: an ADMF's end for our reports: HTTPS with both ends verified, every request kept as DIR/N.xml, answered as DIR/mode
 * says: "ok"; "deaf": never; "other": under another identifier; "error N"; "gone": HTTP status 500; "junk": no X1 at all.
 *
 *	x1admf LISTEN CERTIFICATE KEY CA PEER DIR
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "mediation/http.h"
#include "mediation/x1/x1_read.h"
#include "mediation/x1/x1_write.h"

#define TYPE "application/xml; charset=utf-8"

static struct x1_reader *reader;
static const char *dir;
static unsigned n;

static void mode_of(char mode[32])
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/mode", dir);
	f = fopen(path, "r");
	if (!f || !fgets(mode, 32, f))
		snprintf(mode, 32, "ok");
	if (f)
		fclose(f);
	mode[strcspn(mode, "\n")] = 0;
}

static void keep(struct view v)
{
	char path[512], there[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/part", dir);
	snprintf(there, sizeof(there), "%s/%03u.xml", dir, ++n);
	f = fopen(path, "w");
	if (!f || fwrite(v.p, 1, v.n, f) != v.n || fclose(f) || rename(path, there))
		perror(there);
}

static void on_request(void *arg, struct http_request *r)
{
	struct view body = http_asked(r)->body;
	struct x1_doc *d = NULL;
	struct x1_top top;
	struct x1_out o;
	struct buf b;
	char mode[32];

	(void)arg;
	keep(body);
	mode_of(mode);
	if (strcmp(mode, "deaf") == 0)
		return;		/* the process ends with it unanswered */
	buf_init(&b, 0);
	x1_out_begin(&o, &b, true);
	if (x1_read(reader, body, &d, &top))
		fprintf(stderr, "a request that cannot be read: %s\n", top.why);
	for (size_t i = 0; d && i < d->n; i++) {
		struct x1_head h = d->msg[i].head;

		if (strcmp(mode, "other") == 0)
			h.admf = view_str("somebody-else");
		if (strncmp(mode, "error ", 6) == 0)
			x1_out_error(&o, &h, &d->msg[i], atoi(mode + 6), "so told");
		else
			x1_out_ok(&o, &h, d->msg[i].type, true);
	}
	if (strcmp(mode, "junk") == 0)
		http_answer(r, 200, TYPE, view_str("<X1Response>"));
	else if (strcmp(mode, "gone") == 0 || x1_out_end(&o))
		http_answer(r, 500, "text/plain", view_str("no\n"));
	else
		http_answer(r, 200, TYPE, buf_view(&b));
	x1_doc_free(d);
	buf_fini(&b);
}

static void on_term(int sig)
{
	(void)sig;
	_exit(0);
}

int main(int argc, char **argv)
{
	uv_loop_t *loop = uv_default_loop();
	struct http_route route = { "POST", "/X1/ADMF", 1 << 20, on_request, NULL, 0 };
	struct http_conf c = { .loop = loop, .group = (gid_t)-1, .routes = &route, .n_routes = 1, .n_peers = 1 };
	struct tls_conf tls = { 0 };
	struct http_stats st;
	struct http *h;
	char err[512] = "";

	if (argc != 7 || listen_read(argv[1], &c.at)) {
		fprintf(stderr, "usage: x1admf LISTEN CERTIFICATE KEY CA PEER DIR\n");
		return 2;
	}
	tls.certificate = argv[2];
	tls.key = argv[3];
	tls.ca = argv[4];
	c.tls = &tls;
	c.peers = (const char *const *)(const void *)&argv[5];
	dir = argv[6];
	signal(SIGTERM, on_term);
	reader = x1_reader_new(NULL);
	h = reader ? http_new(&c, err, sizeof(err)) : NULL;
	if (!h || http_start(h)) {
		fprintf(stderr, "x1admf: %s\n", err);
		return 1;
	}
	http_stats(h, &st);
	printf("listening on port %u\n", st.port);
	fflush(stdout);
	return uv_run(loop, UV_RUN_DEFAULT);
}
