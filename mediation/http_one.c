/* http_one.c: HTTP/1.1 of a connection, by http_parser: a request at a time; what comes behind it waits for its answer. See http.c. */
#include "mediation/http_int.h"

#include <ctype.h>
#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME 32			/* of a header that we look for */

struct http_one {
	http_parser parser;
	struct http_request *r;		/* from its first octet to its answer; NULL: none */
	struct buf behind;		/* what came with it */
	char name[NAME];
	size_t n_name;
	bool in_value;
	unsigned hosts;
};

static struct http_conn *conn_of(http_parser *p)
{
	return p->data;
}

/* -- http_parser's events -- */

static int on_begin(http_parser *p)
{
	struct http_conn *k = conn_of(p);

	k->one->hosts = 0;
	k->one->n_name = 0;
	k->one->in_value = false;
	k->one->r = http_request_new(k);
	return !k->one->r;
}

static bool weigh(struct http_request *r, size_t n)
{
	r->n_head += n;
	return r->n_head <= HTTP_HEAD_MAX;
}

static int on_url(http_parser *p, const char *at, size_t n)
{
	struct http_request *r = conn_of(p)->one->r;

	if (!weigh(r, n))
		return -1;
	for (size_t i = 0; i < n && r->n_path < sizeof(r->path); i++)
		r->path[r->n_path++] = at[i];	/* one that is longer fills it, and is no route's */
	return 0;
}

static int on_field(http_parser *p, const char *at, size_t n)
{
	struct http_one *o = conn_of(p)->one;

	if (o->in_value)
		o->n_name = 0;
	o->in_value = false;
	for (size_t i = 0; i < n && o->n_name < NAME; i++)
		o->name[o->n_name++] = (char)tolower((unsigned char)at[i]);
	return weigh(o->r, n + 4) ? 0 : -1;
}

static bool is_named(const struct http_one *o, const char *name)
{
	return o->n_name == strlen(name) && memcmp(o->name, name, o->n_name) == 0;
}

static int on_value(http_parser *p, const char *at, size_t n)
{
	struct http_one *o = conn_of(p)->one;
	char *type = o->r->asked.type;
	size_t had = strlen(type);

	if (is_named(o, "host"))
		o->hosts += !o->in_value;
	else if (is_named(o, "expect"))
		o->r->expects = true;
	else if (is_named(o, "transfer-encoding"))
		o->r->coded = true;
	else if (is_named(o, "content-type") && had + n < HTTP_TYPE_MAX)
		memcpy(type + had, at, n);	/* what is behind it is 0 */
	else if (is_named(o, "content-type"))
		memset(type, 0, HTTP_TYPE_MAX);
	o->in_value = true;
	return weigh(o->r, n) ? 0 : -1;
}

/* RFC 9110 clause 10.1.1: a client that waits for leave to send its body has it, and need not wait until it loses patience. */
static bool say_continue(struct http_conn *k)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";

	return http_conn_put(k, go_on, sizeof(go_on) - 1);
}

static int on_head(http_parser *p)
{
	struct http_conn *k = conn_of(p);
	struct http_one *o = k->one;
	struct http_request *r = o->r;

	snprintf(r->method, sizeof(r->method), "%s", http_method_str((enum http_method)p->method));
	r->has_length = p->flags & F_CONTENTLENGTH;
	r->length = r->has_length ? p->content_length : 0;
	r->last = !http_should_keep_alive(p);
	p->upgrade = 0;			/* nothing else is spoken here */
	http_request_begin(r);
	if (r->stage != STAGE_ANSWERING && p->http_major == 1 && p->http_minor >= 1 && o->hosts != 1)	/* RFC 9112 clause 3.2 */
		http_request_refuse(r, 400);
	return r->stage == STAGE_BODY && r->expects && r->length > 0 && !say_continue(k) ? -1 : 0;	/* refused: on_whole comes, or the end */
}

static int on_body(http_parser *p, const char *at, size_t n)
{
	struct http_request *r = conn_of(p)->one->r;

	http_request_take(r, at, n);
	if (r->stage == STAGE_ANSWERING)
		http_parser_pause(p, 1);
	return 0;
}

static int on_whole(http_parser *p)
{
	http_request_whole(conn_of(p)->one->r);
	http_parser_pause(p, 1);
	return 0;
}

static const http_parser_settings settings = { .on_message_begin = on_begin, .on_url = on_url, .on_header_field = on_field, .on_header_value = on_value,
	.on_headers_complete = on_head, .on_body = on_body, .on_message_complete = on_whole };

/* -- in -- */

/* It is no HTTP, or a head that is too long. */
static void refuse_broken(struct http_conn *k, unsigned status)
{
	struct http_one *o = k->one;

	if (!o->r)
		o->r = http_request_new(k);
	if (!o->r) {
		k->ends = true;
		return;
	}
	if (o->r->stage == STAGE_HEAD) {
		o->r->stage = STAGE_BODY;
		k->busy++;
		k->served = true;
	}
	http_request_refuse(o->r, status);
}

bool http_one_take(struct http_conn *k, const uint8_t *p, size_t n)
{
	struct http_one *o = k->one;
	size_t done;

	if (o->r && o->r->stage >= STAGE_ASKED)
		return n == 0 || buf_put(&o->behind, p, n) == LI_OK;	/* at most what was read at once: it is deaf then */
	done = http_parser_execute(&o->parser, &settings, (const char *)p, n);
	switch (HTTP_PARSER_ERRNO(&o->parser)) {
	case HPE_OK:
		break;
	case HPE_PAUSED:
		if (done < n && buf_put(&o->behind, p + done, n - done))
			return false;
		break;
	case HPE_HEADER_OVERFLOW: case HPE_CB_url: case HPE_CB_header_field: case HPE_CB_header_value:
		refuse_broken(k, 431);
		break;
	case HPE_CB_message_begin:
		return false;
	default:
		refuse_broken(k, 400);
	}
	k->deaf = o->r && o->r->stage >= STAGE_ASKED;
	return true;
}

/* -- out -- */

static bool put_head(struct http_request *r)
{
	char head[1024], date[40];
	int n;

	http_date(date);
	/* X1-HTTP-009: always with its length */
	n = snprintf(head, sizeof(head), "HTTP/1.1 %u %s\r\nDate: %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s%s%s%s\r\n", r->status, http_reason(r->status),
		     date, r->answer_type, r->answer.n, r->allow ? "Allow: " : "", r->allow ? r->allow : "", r->allow ? "\r\n" : "",
		     r->last ? "Connection: close\r\n" : "");
	r->head_written = true;
	if (r->head_only)
		r->sent = r->answer.n;
	return n > 0 && (size_t)n < sizeof(head) && http_conn_put(r->conn, head, (size_t)n);
}

/* Answered: the next one, which may be here. */
static bool done(struct http_conn *k)
{
	struct http_one *o = k->one;
	struct http_request *r = o->r;
	struct buf behind = o->behind;
	bool good;

	k->ends = r->last;
	k->lingers = r->last && !r->whole;	/* some of it may be on its way */
	o->r = NULL;
	http_request_detach(r);
	k->deaf = false;
	if (k->ends)
		return true;
	http_parser_pause(&o->parser, 0);
	buf_init(&o->behind, 0);
	good = http_one_take(k, behind.p, behind.n);
	buf_wipe(&behind);
	buf_fini(&behind);
	return good;
}

bool http_one_fill(struct http_conn *k)
{
	struct http_one *o = k->one;

	while (!k->ends && o->r && o->r->stage == STAGE_ANSWERING && http_conn_has_room(k)) {
		struct http_request *r = o->r;
		size_t n = r->answer.n - r->sent;

		if (!r->head_written) {
			if (!put_head(r))
				return false;
			continue;
		}
		n = n > HTTP_PART ? HTTP_PART : n;
		if (n && !http_conn_put(k, r->answer.p + r->sent, n))
			return false;
		r->sent += n;
		if (r->sent < r->answer.n)
			continue;
		if (k->out_at < k->out.n)
			return true;	/* it is under way until it is sent: its deadline holds */
		if (!done(k))
			return false;
	}
	return true;
}

/* -- life -- */

bool http_one_new(struct http_conn *k)
{
	k->one = calloc(1, sizeof(*k->one));
	if (!k->one)
		return false;
	buf_init(&k->one->behind, 0);
	http_parser_init(&k->one->parser, HTTP_REQUEST);
	k->one->parser.data = k;
	k->one->parser.allow_chunked_length = 1;	/* we refuse it ourselves: 411 */
	return true;
}

void http_one_free(struct http_one *o)
{
	if (!o)
		return;
	buf_wipe(&o->behind);
	buf_fini(&o->behind);
	free(o);
}
